//! What is written in files and on sockets. No I/O.

pub mod attention;
pub mod config;
pub mod error;
pub mod explain;
pub mod frame;
pub mod generate_name;
pub mod id;
pub mod on;
pub mod session_name;
pub mod session_record;
pub mod size;
pub mod span;
pub mod status;
pub mod urgency;
