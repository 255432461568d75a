/** What a host knows of the machine that the engine cannot find out: the rules of volunteering ask for it. */

/** A network that this machine is connected to now. */
export interface ConnectedNetwork {
  /** As the system calls it: `wlan0`, `en0`, `Ethernet 2`. */
  readonly interfaceName: string;
  /** Of a Wi-Fi network, where the system tells. */
  readonly name?: string;
}

/** A fact that is absent could not be told; the rule that needs it then stops nobody, and the user is told so. */
export interface MachineFacts {
  /** Since anybody used keyboard or mouse, seconds; at most a few seconds old. */
  readonly idleS?: number;
  readonly onBattery?: boolean;
  /** Whether the network that leads to the internet is paid for by what it carries. */
  readonly metered?: boolean;
  /** Those that lead somewhere, loopback left out. Absent where the engine shall take the interfaces that it sees itself. */
  readonly networks?: readonly ConnectedNetwork[];
}

export interface Machine {
  /** As they are known now; returns at once and never throws. */
  facts(): MachineFacts;
  /**
   * Something in `facts()` changed, idle time apart, which is asked for when it is needed.
   *
   * @returns what stops the listening
   */
  onChange(listener: () => void): () => void;
}
