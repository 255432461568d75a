/** What the desktop host itself says: outside the page, where the interface's own sentences do not reach. */
export const words = {
  ownMistake: 'Byway met a mistake of its own and has to close. Start it again; a call under way is over.',
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
