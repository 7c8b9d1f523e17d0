//! Every number of the judgement, in one table. Each was measured on real programs; those that a person
//! may replace are the defaults of `config::detect`.

use std::time::Duration;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

// When to look.

/// After an edge, so that the program has come to rest when it printed its last.
pub(super) const SETTLE: Duration = ms(15);
/// Between two looks that edges call for.
pub(super) const APART: Duration = ms(60);
/// Between any two looks.
pub(super) const NEAREST: Duration = ms(35);
/// After an edge, looks follow with these gaps; the last one repeats.
pub(super) const GAPS: [Duration; 7] = [ms(60), ms(100), ms(200), ms(400), ms(800), ms(1600), ms(2000)];
/// While processing, at least so often as long as something runs.
pub(super) const GAP_PROCESSING: Duration = ms(500);
/// While active, at least so often as long as something runs.
pub(super) const GAP_ACTIVE: Duration = ms(1000);
/// While it waits, but other things can wake it too, the gaps double up to this.
pub(super) const GAP_WAITING: Duration = ms(8_000);
/// If nothing has run for so long while it waits, only an edge can be news.
pub(super) const STILL_WAITING: Duration = ms(30_000);
/// The same for a reader of the terminal alone whose other threads sleep.
pub(super) const STILL_TTY_ONLY: Duration = ms(4_000);

/// Looks go on for so long after facts begin to be kept: longer than any quiet that makes a wait.
pub(super) const OPENS: Duration = ms(4_000);

// Readers.

/// A reader of the terminal alone is believed once its clock stood still this long.
pub(super) const STILL: Duration = ms(35);
/// A wait ends when nobody has read for this long.
pub(super) const GONE: Duration = ms(200);
/// The same after Enter, or if it sleeps elsewhere after another key.
pub(super) const GONE_ENTERED: Duration = ms(60);
/// Without a reader that can be looked into, so much quiet and a caret are a doubtful wait.
pub(super) const QUIET_UNKNOWN: Duration = ms(3000);
/// The same where the caret stands after a prompt or a question, or a line editor has begun one.
pub(super) const QUIET_INVITED: Duration = ms(450);
/// The same on a full screen, where there may be no caret: longer than a monitor rests.
pub(super) const QUIET_HIDDEN: Duration = ms(4500);
/// A write to the terminal that is blocked this long waits for a person (Ctrl-S).
pub(super) const WRITING: Duration = ms(1000);
/// What was typed and has not been read for this long is not waited for.
pub(super) const UNREAD: Duration = ms(300);
/// All must be quiet this long before a reader is looked for outside of the family.
pub(super) const OUTSIDE: Duration = ms(1000);

// Work.

/// CPU is measured over this time.
pub(super) const CPU_WINDOW: Duration = ms(1000);
/// And over no less than this.
pub(super) const CPU_LEAST: Duration = ms(80);
/// At work is only who was so over this time as well.
pub(super) const CPU_RECENT: Duration = ms(250);
/// Share of a core at which an exclusive reader with threads is at work.
pub(super) const CPU_TTY_ONLY: f64 = 0.50;
/// Share of a core at which a reader that other things wake is at work.
pub(super) const CPU_READING: f64 = 0.15;
/// Share of a core at which a program that does not read is at work.
pub(super) const CPU_WORKING: f64 = 0.10;
/// The same while a thread runs or cannot be interrupted.
pub(super) const CPU_RUNNING: f64 = 0.02;
/// A thread that has idled for so long behind a choice waits for the answer, whatever other threads clear up
/// meanwhile: a just-in-time compiler, a collector of garbage.
pub(super) const ASKED: Duration = ms(600);
/// Share of a core at which the thread that reads idles: a clock wakes it, and it finds nothing to do.
pub(super) const CPU_ASKED: f64 = 0.08;
/// What was at work stays so while it uses this share of what began it.
pub(super) const CPU_STAYS: f64 = 0.5;
/// A thread that runs, or is ready to, at so many looks in a row, over this time, is at work even where
/// others leave it little of the processor.
pub(super) const PRESSED_LOOKS: u32 = 4;
/// See [`PRESSED_LOOKS`].
pub(super) const PRESSED: Duration = ms(400);
/// After a key, CPU and animation are the answer to it for this long.
pub(super) const ANSWERING: Duration = ms(800);
/// A wait that ends so soon after a key was answered: it works on that.
pub(super) const GIVEN: Duration = ms(1000);
/// All in front must be stopped this long; a debugger stops what it begins for a moment.
pub(super) const STOPPED: Duration = ms(100);
/// Before it changes between processing and active.
pub(super) const SWITCH: Duration = ms(500);
/// What has just begun shows within this time whether it works.
pub(super) const BEGINS: Duration = ms(1000);
/// A new child is work once it has been there this long.
pub(super) const CHILD: Duration = ms(200);

/// A child or a socket that was begun after input, and has shown nothing but that it is there while all else
/// rests, is a helper after this: where the program prompts again, where it has shown something since or nobody
/// awaits what is printed, and where nothing was shown.
pub(super) const STAYS_PROMPT: Duration = ms(1000);
/// See [`STAYS_PROMPT`].
pub(super) const STAYS: Duration = ms(3000);
/// See [`STAYS_PROMPT`].
pub(super) const STAYS_SILENT: Duration = ms(15_000);
/// What comes this soon after Enter may have been begun by it.
pub(super) const BEGUN: Duration = ms(10_000);
/// After Enter, a reader with other threads is believed only now: before, their work cannot show.
pub(super) const SHOWS: Duration = ms(300);

// The network.

/// The sockets of a process that keeps running are listed again after this.
pub(super) const SOCKETS_APART: Duration = ms(400);
/// The same for so long after Enter, when they are listed sooner.
pub(super) const SOCKETS_ENTERED: Duration = ms(1_500);
/// See [`SOCKETS_ENTERED`].
pub(super) const SOCKETS_SOON: Duration = ms(100);
/// Between two dumps of the kernel's tables.
pub(super) const SOCKETS_DUMP: Duration = ms(200);
/// So many bytes sent with nothing received since are a request; a keep-alive is shorter.
pub(super) const REQUEST_BYTES: u64 = 80;
/// Less than this in return is no answer to a request: HTTP/2 acknowledges with some frames of 9 to 30 bytes, in
/// records of TLS or not.
pub(super) const ACKNOWLEDGED: u64 = 100;
/// A request that was only acknowledged, or a short one, is given up after this.
pub(super) const REQUEST_DOUBTFUL: Duration = ms(20_000);
/// Something short that is sent this soon after Enter is a request, and later a keep-alive.
pub(super) const REQUEST_ENTERED: Duration = ms(3_000);
/// A request is given up after this.
pub(super) const REQUEST_LIMIT: Duration = ms(600_000);
/// Bytes received this lately are coming in.
pub(super) const INCOMING: Duration = ms(700);
/// An answer that ends its connection, or a child's end, is being worked on for this long.
pub(super) const ANSWERED: Duration = ms(300);
/// What comes in this soon after a key is its echo.
pub(super) const INCOMING_ANSWER: Duration = ms(1200);
/// The same after Enter; what comes later is work.
pub(super) const INCOMING_ENTERED: Duration = ms(400);
/// The kernel tells the times of sockets this well.
pub(super) const TICKS: Duration = ms(20);

// The screen.

/// With a reader that other things wake, so much quiet is a wait.
pub(super) const QUIET: Duration = ms(450);
/// The same while a connection is open: a stream may stall.
pub(super) const QUIET_CONNECTED: Duration = ms(800);
/// So much if it shows a full screen without a cursor and has had no input yet.
pub(super) const QUIET_FULL_SCREEN: Duration = ms(3200);
/// A program that a clock wakes after between these has shown a whole round when it was quiet for that and
/// [`ROUND`] (top, btop); before any input.
pub(super) const CLOCK: (Duration, Duration) = (ms(300), ms(3100));
/// On a full screen without a cursor a round may take so long.
pub(super) const CLOCK_DISPLAY: Duration = ms(10_100);
/// See [`CLOCK`].
pub(super) const ROUND: Duration = ms(300);
/// A regular redraw is over after so many of its gaps.
pub(super) const REGULAR: f64 = 1.6;
/// Gaps of a regular redraw differ by no more than this share.
pub(super) const REGULAR_SPREAD: f64 = 0.3;
/// So many gaps make it regular.
pub(super) const REGULAR_GAPS: usize = 3;
/// Changes nearer than this are one redraw.
pub(super) const ONE_REDRAW: Duration = ms(400);
/// A change this soon after a key is its echo.
pub(super) const ECHO: Duration = ms(300);
/// A change this soon after a resize or an attach is its repaint.
pub(super) const REPAINT: Duration = ms(500);
/// So few cells that change in turn are a cursor that a program draws itself.
pub(super) const BLINK_CELLS: u32 = 2;
/// Faster than this it is no cursor.
pub(super) const BLINK_GAP: Duration = ms(200);
/// So few cells that change no more often than [`TICKING_GAP`] are a clock.
pub(super) const TICKING_CELLS: u32 = 3;
/// See [`TICKING_CELLS`].
pub(super) const TICKING_GAP: Duration = ms(700);
/// More output than this between looks is not made into a picture.
pub(super) const FLOOD: u64 = 64 * 1024;
/// Animation is judged over this many quarter-seconds.
pub(super) const QUARTERS: u64 = 6;
/// In so many of them something must have changed.
pub(super) const ANIMATED: usize = 4;
/// And the last change must be as fresh as this.
pub(super) const FRESH: Duration = ms(400);
/// It has ended after so much rest.
pub(super) const RESTS: Duration = ms(450);
/// Animation alone beside a caret on the normal screen is believed for this long.
pub(super) const ALONE: Duration = ms(3000);
/// Something small that changes again within this, where nothing moved while the program rested, counts seconds.
pub(super) const COUNTS: Duration = ms(1_300);
/// The longest gap of such.
pub(super) const COUNTS_SLOW: Duration = ms(2_500);
/// Quiet after Enter of a program that counts seconds while it works, until it does so again.
pub(super) const QUIET_COUNTS: Duration = ms(2_200);
/// A program must have rested this long before it is known what moves while it does.
pub(super) const RESTED: Duration = ms(2_500);
/// What moves at rest, and as no faster than this share of its gap there, is decoration.
pub(super) const DECOR_GAP: f64 = 0.5;
/// Decoration is no higher than so many rows.
pub(super) const DECOR_ROWS: i32 = 3;
/// So many changes after Enter, beyond the echo, are an answer.
pub(super) const ANSWER_CHANGES: usize = 2;
/// An answer to Enter is awaited for this long.
pub(super) const ANSWER_LIMIT: Duration = ms(10_000);
/// A prompt that the configuration names is believed after so much quiet.
pub(super) const QUIET_NAMED: Duration = ms(300);

// Learning how a program shows that it works.

/// It has shown it when it moved this long while a request or a child was busy.
pub(super) const LEARN: Duration = ms(1500);
/// Then requests and children count no longer once it stands still this long.
pub(super) const UNLEARN: Duration = ms(1200);

// What was called for, and what was said.

/// What begins later than this after the last key was not called for by it.
pub(super) const CALLED: Duration = ms(3_000);
/// A wait that is seen so long after Enter is not the one that was answered.
pub(super) const SENT: Duration = ms(2_300);
/// What a program does behind its first prompt is no work after so much quiet.
pub(super) const QUIET_START: Duration = ms(2_500);
/// Two changes of the screen within this are more than decoration.
pub(super) const STIRS: Duration = ms(1_500);
/// Quiet after something was sent off by who may ask by a channel that nobody sees.
pub(super) const QUIET_MUTE: Duration = ms(6_000);
/// What was said of work is stale once a question has stood for this long on a screen at rest.
pub(super) const STALE: Duration = ms(1_000);
/// The same of a program that waits for the terminal alone, or that moves when it works.
pub(super) const STALE_RESTS: Duration = ms(1_500);
/// The same of any other that is silent.
pub(super) const STALE_SILENT: Duration = ms(10_000);

// Titles, bells and prompts.

/// So many changes of the title in [`TITLE_SPAN`] mean work.
pub(super) const TITLE_CHANGES: usize = 3;
/// See [`TITLE_CHANGES`].
pub(super) const TITLE_SPAN: Duration = ms(1500);
/// Until so long after the last of them.
pub(super) const TITLE_AFTER: Duration = ms(700);
/// The first sign of a title that turns no slower than this is a spinner.
pub(super) const TITLE_SPINNER: Duration = ms(2500);
/// A bell or a notice is a doubtful wait after so much quiet.
pub(super) const QUIET_BELL: Duration = ms(500);
/// A prompt that a shell began but did not end (OSC 133 A without B) is one after this.
pub(super) const PROMPT_OPEN: Duration = ms(300);
/// A job in front of a shell for this long is more than the `msmark` that was typed.
pub(super) const JOB: Duration = ms(500);
