/** What the desktop host itself says: outside the page, where the interface's own sentences do not reach. */
export const words = {
  ownMistake: 'Byway met a mistake of its own and has to close. Start it again; a call under way is over.',
  runningAlready:
    'Byway is running already; its window was brought forward. `--data DIR` starts another one with data of its own.',
  fileInPlaceOfFolder: (path: string) =>
    `Byway keeps its data in a folder, and a file lies at ${path}. Move the file away, or choose another folder with --data DIR.`,
  noFolder: (path: string, why: string) => `Byway cannot make the folder ${path} for its data: ${why}.`,
  pageKeepsFailing: "Byway's window keeps failing and has to close. Start Byway again.",
  incomingAudio: 'Incoming audio call',
  incomingVideo: 'Incoming video call',
  stillRunning: 'Byway is still running',
  stillRunningWhy: 'Calls can still come in. To end Byway, choose Quit in the tray.',
  open: 'Open Byway',
  quit: 'Quit',
  noCall: 'Ready for calls',
  inCallWith: (name: string) => `In a call with ${name}`,
  callFrom: (name: string) => `${name} is calling`,
  calling: (name: string) => `Calling ${name}`,
  server: {
    connecting: 'connecting to the server',
    connected: 'connected',
    waiting: 'not connected, will try again',
    refused: 'refused by the server',
    stopped: 'no server',
  },
} as const;
