//! What the rigs need from the system.

use super::{Probe, Purpose, Requirement, linux};

/// What those who offer and watch cameras need, in the order in which it is printed.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    linux(
        Purpose::Rig,
        "offers the camera",
        Probe::Program("pipewire"),
        ["pipewire", "pipewire", "pipewire"],
    ),
    linux(
        Purpose::Rig,
        "connects the camera with those who watch",
        Probe::Program("wireplumber"),
        ["wireplumber", "wireplumber", "wireplumber"],
    ),
    linux(
        Purpose::Rig,
        "where these two meet",
        Probe::Program("dbus-daemon"),
        ["dbus", "dbus-daemon", "dbus"],
    ),
    linux(
        Purpose::Rig,
        "watches the camera",
        Probe::Program("gst-launch-1.0"),
        ["gstreamer1.0-tools", "gstreamer1", "gstreamer"],
    ),
    linux(
        Purpose::Rig,
        "lets GStreamer watch PipeWire's cameras",
        Probe::PackageOnly,
        [
            "gstreamer1.0-pipewire",
            "pipewire-gstreamer",
            "gst-plugin-pipewire",
        ],
    ),
    linux(
        Purpose::Rig,
        "lets browsers ask for cameras",
        // It lies in another folder on each system, none of them in PATH.
        Probe::PackageOnly,
        [
            "xdg-desktop-portal",
            "xdg-desktop-portal",
            "xdg-desktop-portal",
        ],
    ),
    linux(
        Purpose::Rig,
        "stands in for the user, whom that asks in turn",
        Probe::PythonGobject,
        ["python3-gi", "python3-gobject", "python-gobject"],
    ),
    linux(
        Purpose::Rig,
        "watches the camera",
        Probe::AnyProgram(&["chromium", "chromium-browser", "google-chrome"]),
        ["chromium", "chromium", "chromium"],
    ),
    linux(
        Purpose::Rig,
        "watches the camera",
        Probe::AnyProgram(&["firefox-esr", "firefox"]),
        ["firefox-esr", "firefox", "firefox"],
    ),
    linux(
        Purpose::Rig,
        "builds kernel modules for the virtual machine",
        Probe::Program("make"),
        ["make", "make", "make"],
    ),
];
