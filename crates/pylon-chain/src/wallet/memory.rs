//! How much memory the process may still take, as far as a limit says.

use std::fs;
use std::path::Path;

use rustix::process::{Resource, getrlimit};

/// What the tightest limit leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// What sets it.
    pub(super) limit: &'static str,
    /// How much more the process may take.
    pub(super) bytes: u64,
}

impl Room {
    /// The system gives no more.
    pub(super) const NOTHING: Self = Self {
        limit: "the system",
        bytes: 0,
    };
}

/// The tightest limit of this process; `None` without any.
pub(super) fn room() -> Option<Room> {
    within(Path::new("/"), getrlimit(Resource::As).current)
}

fn within(root: &Path, address_space: Option<u64>) -> Option<Room> {
    let status = fs::read_to_string(root.join("proc/self/status")).unwrap_or_default();
    let room = |limit, bytes: u64, taken| Room {
        limit,
        bytes: bytes.saturating_sub(used(&status, taken)),
    };
    let container = cgroup(root).map(|bytes| room("the container's memory limit", bytes, "VmRSS:"));
    let process = address_space.map(|bytes| room("the limit of `ulimit -v`", bytes, "VmSize:"));
    [container, process]
        .into_iter()
        .flatten()
        .min_by_key(|room| room.bytes)
}

/// A line of `/proc/self/status`, in bytes.
fn used(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok())
        .unwrap_or(0)
        .saturating_mul(1024)
}

/// The least limit on the way from the process's control group up, of either version of control groups.
fn cgroup(root: &Path) -> Option<u64> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
    let limits = groups.lines().filter_map(|line| {
        let (_, line) = line.split_once(':')?;
        let (controllers, group) = line.split_once(':')?;
        let (mount, file) = if controllers.is_empty() {
            ("sys/fs/cgroup", "memory.max")
        } else if controllers.split(',').any(|name| name == "memory") {
            ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
        } else {
            return None;
        };
        // In a container the mount often begins at its own group, and the name is of no use below it.
        let ways = Path::new(group.trim_start_matches('/')).ancestors();
        ways.filter_map(|way| {
            let limit = fs::read_to_string(root.join(mount).join(way).join(file)).ok()?;
            limit.trim().parse::<u64>().ok()
        })
        .min()
    });
    limits.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    /// A system of these files.
    fn system(files: &[(&str, String)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        root
    }

    fn status() -> (&'static str, String) {
        let text = "Name:\tpylon\nVmSize:\t  409600 kB\nVmRSS:\t  102400 kB\n";
        ("proc/self/status", text.to_owned())
    }

    #[test]
    fn a_container_leaves_its_limit_less_what_the_process_has() {
        let second = system(&[
            status(),
            ("proc/self/cgroup", "0::/a/b\n".to_owned()),
            ("sys/fs/cgroup/a/b/memory.max", "max\n".to_owned()),
            ("sys/fs/cgroup/a/memory.max", (600 * MIB).to_string()),
        ]);
        let first = system(&[
            status(),
            (
                "proc/self/cgroup",
                "4:cpu:/x\n3:blkio,memory:/docker/1\n".to_owned(),
            ),
            (
                "sys/fs/cgroup/memory/memory.limit_in_bytes",
                format!("{}\n", 600 * MIB),
            ),
        ]);
        for root in [second, first] {
            let room = within(root.path(), None).unwrap();
            assert_eq!(
                (room.limit, room.bytes / MIB),
                ("the container's memory limit", 500)
            );
        }
    }

    #[test]
    fn the_tightest_limit_counts_and_no_limit_is_none() {
        let root = system(&[
            status(),
            ("proc/self/cgroup", "0::/\n".to_owned()),
            ("sys/fs/cgroup/memory.max", (600 * MIB).to_string()),
        ]);
        let room = |limit| within(root.path(), Some(limit)).unwrap();
        assert_eq!(
            room(800 * MIB),
            Room {
                limit: "the limit of `ulimit -v`",
                bytes: 400 * MIB
            }
        );
        assert_eq!(room(4096 * MIB).limit, "the container's memory limit");
        assert_eq!(room(0).bytes, 0);

        let free = system(&[status(), ("proc/self/cgroup", "0::/\n".to_owned())]);
        assert_eq!(within(free.path(), None), None);
        assert_eq!(within(system(&[]).path(), None), None);
    }
}
