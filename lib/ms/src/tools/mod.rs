//! One module per tool: its arguments, and what it does with them by the layers below. A tool never
//! reaches into another tool.

mod agents;
mod arguments;
mod doctor;
mod explain;
mod fields;
mod listing;
pub mod msbuf;
pub mod msclose;
pub mod msgate;
pub mod mshooks;
pub mod msls;
pub mod msmark;
pub mod msname;
pub mod msnew;
pub mod mspause;
pub mod msprompt;
pub mod mssend;
pub mod msswitch;
pub mod mswait;
mod save_facts;
