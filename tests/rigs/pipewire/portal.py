"""Says yes to whatever xdg-desktop-portal asks the user, in a session that has no user.

Firefox and Chromium ask the portal for cameras, and the portal asks a desktop's own program, which this stands in for.
Needs GObject introspection (Debian: python3-gi).
"""

from __future__ import annotations

from gi.repository import Gio, GLib

NAME = "org.freedesktop.impl.portal.desktop.rig"
PATH = "/org/freedesktop/portal/desktop"
INTERFACE = """
<node>
  <interface name="org.freedesktop.impl.portal.Access">
    <method name="AccessDialog">
      <arg type="o" name="handle" direction="in"/>
      <arg type="s" name="app_id" direction="in"/>
      <arg type="s" name="parent_window" direction="in"/>
      <arg type="s" name="title" direction="in"/>
      <arg type="s" name="subtitle" direction="in"/>
      <arg type="s" name="body" direction="in"/>
      <arg type="a{sv}" name="options" direction="in"/>
      <arg type="u" name="response" direction="out"/>
      <arg type="a{sv}" name="results" direction="out"/>
    </method>
  </interface>
</node>
"""
YES = 0


def answer(
    connection: Gio.DBusConnection,
    sender: str,
    path: str,
    interface: str,
    method: str,
    arguments: GLib.Variant,
    invocation: Gio.DBusMethodInvocation,
) -> None:
    print(method, arguments.print_(False), flush=True)
    invocation.return_value(GLib.Variant("(ua{sv})", (YES, {})))


def main() -> None:
    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    interface = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
    bus.register_object(PATH, interface, answer, None, None)
    loop = GLib.MainLoop()
    Gio.bus_own_name_on_connection(bus, NAME, Gio.BusNameOwnerFlags.NONE, None, lambda *_: loop.quit())
    loop.run()


if __name__ == "__main__":
    main()
