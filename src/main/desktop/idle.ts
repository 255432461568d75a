/** Since when nobody has used keyboard or mouse, as far as the desktop tells. */

/**
 * Some Wayland desktops do not tell Chromium, which then says 0 for ever. Until it has once said more, logind's word counts where there is one:
 * nobody keeps a key moving in every second that is asked for.
 */
export class IdleTime {
  #isTold = false;

  /**
   * @param chromiumS what Chromium says, seconds
   * @param logindS what logind says, if anything, seconds
   */
  read(chromiumS: number, logindS: number | undefined): number {
    if (chromiumS > 0) this.#isTold = true;
    return this.#isTold ? chromiumS : (logindS ?? chromiumS);
  }
}
