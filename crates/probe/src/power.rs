//! Battery or mains.

/// What the computer runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// The mains, also when there is no battery.
    Mains,
    /// Its battery.
    Battery,
    /// There is a battery, but the system does not report whether it is in use.
    Unknown,
}

impl Power {
    /// A name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mains => "mains",
            Self::Battery => "battery",
            Self::Unknown => "unknown",
        }
    }
}

/// What the computer runs on now.
#[cfg(target_os = "linux")]
pub fn power() -> Power {
    linux::power_below(std::path::Path::new("/"))
}

/// What the computer runs on now.
#[cfg(any(target_os = "macos", target_os = "windows"))]
pub fn power() -> Power {
    use starship_battery::{Manager, State};
    let Ok(batteries) = Manager::new().and_then(|manager| manager.batteries()) else {
        return Power::Unknown;
    };
    let states: Vec<_> = batteries
        .map(|battery| battery.map_or(State::Unknown, |battery| battery.state()))
        .collect();
    if states.contains(&State::Discharging) {
        Power::Battery
    } else if !states.is_empty() && states.iter().all(|state| *state == State::Unknown) {
        Power::Unknown
    } else {
        Power::Mains
    }
}

/// What the computer runs on now.
#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
pub fn power() -> Power {
    Power::Unknown
}

#[cfg(target_os = "linux")]
mod linux {
    use super::Power;
    use std::fs;
    use std::io::ErrorKind;
    use std::path::Path;

    /// Power as read from `sys/class/power_supply` below `root` (kernel documentation `sysfs-class-power`).
    pub(super) fn power_below(root: &Path) -> Power {
        let supplies = match fs::read_dir(root.join("sys/class/power_supply")) {
            Ok(supplies) => supplies,
            Err(error) if error.kind() == ErrorKind::NotFound => return Power::Mains,
            Err(_) => return Power::Unknown,
        };
        let (mut batteries, mut discharging, mut resting) = (0, false, false);
        let (mut plugged, mut unplugged) = (false, false);
        for supply in supplies.flatten() {
            let read = |name: &str| {
                fs::read_to_string(supply.path().join(name))
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            };
            // Mice, keyboards and pens have batteries too.
            if read("scope") == "Device" {
                continue;
            }
            if read("type") == "Battery" {
                if read("present") != "0" {
                    let status = read("status");
                    batteries += 1;
                    discharging |= status == "Discharging";
                    resting |= ["Charging", "Full", "Not charging"].contains(&status.as_str());
                }
            } else {
                let online = read("online");
                // USB chargers may report 2, "programmable", when they are in use.
                plugged |= online == "1" || online == "2";
                unplugged |= online == "0";
            }
        }
        if batteries == 0 || plugged {
            Power::Mains
        } else if discharging {
            Power::Battery
        } else if resting {
            Power::Mains
        } else if unplugged {
            Power::Battery
        } else {
            Power::Unknown
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::cgroup::fake::Tree;

        fn power(supplies: &[(&str, &[(&str, &str)])]) -> Power {
            let mut tree = Tree::new();
            for (name, files) in supplies {
                for (file, text) in *files {
                    tree = tree.file(
                        &format!("sys/class/power_supply/{name}/{file}"),
                        &format!("{text}\n"),
                    );
                }
            }
            power_below(tree.root())
        }

        const EMPTYING: (&str, &[(&str, &str)]) = (
            "BAT0",
            &[
                ("type", "Battery"),
                ("status", "Discharging"),
                ("present", "1"),
            ],
        );
        const STRANGE: (&str, &[(&str, &str)]) =
            ("BAT0", &[("type", "Battery"), ("status", "Unknown")]);
        const UNPLUGGED: (&str, &[(&str, &str)]) = ("AC", &[("type", "Mains"), ("online", "0")]);
        const PLUGGED: (&str, &[(&str, &str)]) = ("AC", &[("type", "Mains"), ("online", "1")]);

        #[test]
        fn a_computer_without_a_battery_is_on_mains() {
            assert_eq!(power(&[]), Power::Mains);
            assert_eq!(power(&[UNPLUGGED]), Power::Mains);
            let empty_slot: &[_] = &[("type", "Battery"), ("present", "0"), ("status", "Unknown")];
            assert_eq!(power(&[("BAT1", empty_slot)]), Power::Mains);
        }

        #[test]
        fn a_mouse_is_not_the_computer() {
            let mouse: &[_] = &[
                ("type", "Battery"),
                ("scope", "Device"),
                ("status", "Discharging"),
            ];
            assert_eq!(power(&[("hidpp_battery_0", mouse)]), Power::Mains);
        }

        #[test]
        fn a_laptop_is_on_battery_when_that_empties_and_nothing_feeds_it() {
            assert_eq!(power(&[EMPTYING]), Power::Battery);
            assert_eq!(power(&[EMPTYING, UNPLUGGED]), Power::Battery);
            assert_eq!(power(&[EMPTYING, PLUGGED]), Power::Mains);
            let charger: &[_] = &[("type", "USB"), ("online", "2")];
            assert_eq!(
                power(&[EMPTYING, UNPLUGGED, ("ucsi", charger)]),
                Power::Mains
            );
            let full: &[_] = &[("type", "Battery"), ("status", "Full")];
            assert_eq!(power(&[("BAT0", full)]), Power::Mains);
        }

        #[test]
        fn a_battery_that_says_nothing_is_judged_by_the_plug() {
            assert_eq!(power(&[STRANGE]), Power::Unknown);
            assert_eq!(power(&[STRANGE, UNPLUGGED]), Power::Battery);
            assert_eq!(power(&[STRANGE, PLUGGED]), Power::Mains);
        }
    }
}
