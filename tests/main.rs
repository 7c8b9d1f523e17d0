//! Tests across the tools, through real ptys.
