/* Waits for a key by the system call that its argument names, sleeps 5 s, and waits again. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static void mark(const char *label) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    FILE *file = fopen(getenv("DETECT_MARK"), "a");
    fprintf(file, "%ld.%06ld %s\n", (long)now.tv_sec, now.tv_nsec / 1000, label);
    fclose(file);
}

static void raw(int vmin, int vtime) {
    struct termios t;
    tcgetattr(0, &t);
    cfmakeraw(&t);
    t.c_cc[VMIN] = vmin;
    t.c_cc[VTIME] = vtime;
    tcsetattr(0, TCSANOW, &t);
}

static void by_vtime(void) {
    char c;
    while (read(0, &c, 1) < 1) {}
}

static void by_ppoll(void) {
    struct pollfd fd = {0, POLLIN, 0};
    sigset_t none;
    sigemptyset(&none);
    ppoll(&fd, 1, NULL, &none);
    by_vtime();
}

static void by_nested(void) {
    int inner = epoll_create1(0), outer = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(inner, EPOLL_CTL_ADD, 0, &event);
    epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event);
    epoll_wait(outer, &event, 1, -1);
    by_vtime();
    close(inner);
    close(outer);
}

static void by_readv(void) {
    char c;
    struct iovec part = {&c, 1};
    readv(0, &part, 1);
}

static void by_spin(void) {
    char c;
    fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
    while (read(0, &c, 1) < 1) usleep(20000);
}

static void by_uring(void) {
    struct io_uring_params p;
    memset(&p, 0, sizeof p);
    int ring = syscall(__NR_io_uring_setup, 4, &p);
    if (ring < 0) { by_readv(); return; }
    unsigned *sq = mmap(0, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
    struct io_uring_sqe *sqe = mmap(0, p.sq_entries * sizeof *sqe, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
    char c;
    memset(sqe, 0, sizeof *sqe);
    sqe->opcode = IORING_OP_READ;
    sqe->fd = 0;
    sqe->addr = (unsigned long)&c;
    sqe->len = 1;
    sq[p.sq_off.array / 4] = 0;
    __atomic_store_n(&sq[p.sq_off.tail / 4], 1, __ATOMIC_RELEASE);
    syscall(__NR_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
    close(ring);
}

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "vtime";
    raw(strcmp(way, "vtime") ? 1 : 0, strcmp(way, "vtime") ? 0 : 10);
    for (;;) {
        (void)!write(1, "\r\nchoose a key > ", 17);
        mark("read");
        if (!strcmp(way, "vtime")) by_vtime();
        else if (!strcmp(way, "ppoll")) by_ppoll();
        else if (!strcmp(way, "nested")) by_nested();
        else if (!strcmp(way, "readv")) by_readv();
        else if (!strcmp(way, "spin")) by_spin();
        else if (!strcmp(way, "uring")) by_uring();
        (void)!write(1, "\r\nthank you\r\n", 13);
        sleep(5);
    }
}
