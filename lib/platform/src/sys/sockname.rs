//! The protocol of a socket that another process has open: the extended attribute
//! `system.sockprotoname` of its link in /proc (kernel: net/socket.c).

use std::ffi::CStr;

use super::errno;

/// `TCP`, `TCPv6`, `UNIX`, `UNIX-STREAM`, `UDP`, … of the socket behind `path`, `/proc/PID/fd/FD`.
///
/// # Errors
/// Those of getxattr(2): ENODATA if it is no socket, ENOENT if it is gone, EACCES if it may not be looked at.
pub fn protocol(path: &CStr) -> nix::Result<String> {
    let mut name = [0u8; 32];
    let length = rustix::fs::getxattr(path, c"system.sockprotoname", &mut name[..]).map_err(errno)?;
    Ok(String::from_utf8_lossy(&name[..length]).trim_end_matches('\0').to_owned())
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
