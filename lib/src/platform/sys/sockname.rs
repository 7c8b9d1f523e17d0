//! The protocol of a socket that another process has open: the extended attribute
//! `system.sockprotoname` of its link in /proc (kernel: net/socket.c).

use std::ffi::CStr;

use nix::errno::Errno;
use nix::libc;

/// `TCP`, `TCPv6`, `UNIX`, `UNIX-STREAM`, `UDP`, … of the socket behind `path`, `/proc/PID/fd/FD`.
pub fn protocol(path: &CStr) -> nix::Result<String> {
    let mut name = [0u8; 32];
    // SAFETY: both strings end in NUL and live through the call; the kernel writes at most the
    // buffer's length, which is given.
    let length = Errno::result(unsafe {
        libc::getxattr(path.as_ptr(), c"system.sockprotoname".as_ptr(), name.as_mut_ptr().cast(), name.len())
    })?;
    let name = &name[..usize::try_from(length).unwrap_or(0).min(name.len())];
    Ok(String::from_utf8_lossy(name).trim_end_matches('\0').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;

    #[test]
    fn a_socket_s_protocol_is_named() {
        let path = |fd: i32| std::ffi::CString::new(format!("/proc/self/fd/{fd}")).unwrap();
        let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(protocol(&path(tcp.as_raw_fd())).as_deref(), Ok("TCP"));
        let (unix, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        assert!(protocol(&path(unix.as_raw_fd())).unwrap().starts_with("UNIX"));
        let file = tempfile::tempfile().unwrap();
        assert!(protocol(&path(file.as_raw_fd())).is_err());
    }
}
