/** What `npm run node -- --help` prints. */
export const USAGE = `Usage: npm run node -- [run|status|address|drain] [flags]

  run                Byway without a window; serves its interface to browsers on this machine. The default
  status             what the Byway that runs in the data folder does; --json for programs
  address            a new address of its interface, which lets one browser in
  drain              that Byway takes no new calls of others, moves those it carries, and ends

  --data DIR         where identity, contacts and settings are kept
  --config FILE      JSON with any of these names as keys: {"volunteer": true, "up": 20}
  --name NAME        the name others see; else the interface asks for it
  --server URL       rendezvous server, ws://host:port or wss://host:port;
                     else the one in the settings, else one of its own
  --listen PORT      TCP port of the interface on 127.0.0.1 (any free one)
  --udp-port PORT    UDP port of calls (any free one)
  --metrics [HOST:]PORT
                     serve GET /metrics for Prometheus, on 127.0.0.1 unless HOST says otherwise
  --json             print machine-readable lines
  --log-level LEVEL  debug info warn error silent (error)
  --help             print this

Lending the line to calls that find no way of their own. What is not given here is as the settings have it:

  --volunteer        carry such calls
  --bridges N        at most so many at once, 1 to 1000
  --up MBIT          all of them together send at most so much, Mbit/s
  --down MBIT        and receive at most so much
  --line-up MBIT     what the line can send, Mbit/s; "unknown" for nobody has said
  --line-percent N   of that line use at most so much, 5 to 100
  --monthly GB       at most so much a calendar month, in and out together; or "unlimited"
  --schedule TIMES   only then: "mon-fri 22:00-06:00"; may be repeated, or with ; between; or "always"
  --idle MINUTES     only when nobody has used keyboard or mouse for so long; or "off"
  --only-on-mains    not on battery
  --only-unmetered   not on networks that are paid for by use
  --never-on NAME    not on this Wi-Fi network or interface; may be repeated; or "none"

Flags without a value have an opposite: --no-volunteer. Each flag has a variable: --udp-port is BYWAY_UDP_PORT; for flags
without a value it is true or false, and the names of BYWAY_NEVER_ON stand between commas. Flags count before variables, those
before the file, that before the settings. What is given so counts for this run and changes no setting.

The address it prints lets one browser in. Press Enter, or send SIGUSR1, for another one. Ctrl+C or SIGTERM drains and
stops it, a second time at once.

Ends with 0 when done, 1 when something stood in the way, 2 when called wrongly.
`;
