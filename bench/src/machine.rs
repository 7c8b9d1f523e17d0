//! The machine that something was measured on, in one line.

use std::fs::read_to_string;

/// CPU model, number of cores, kernel.
pub fn line() -> String {
    let cpu = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("Measured on: {}, {cores} cores, Linux {}.", model(&cpu), kernel.trim())
}

fn model(cpuinfo: &str) -> &str {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"));
    line.and_then(|line| line.split_once(": ")).map_or("unknown CPU", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_found() {
        assert_eq!(model("processor\t: 0\nmodel name\t: Some CPU @ 3GHz\n"), "Some CPU @ 3GHz");
        assert_eq!(model(""), "unknown CPU");
    }
}
