/** What the button for a pause asks for, minutes. */
export const PAUSE_MINUTES = 60;
/** What is being typed is kept when nothing was typed for so long, ms; leaving the field or the page keeps it at once. */
export const SETTLE_MS = 2_500;
/** Bridges shown before one asks for all of them. */
export const BRIDGES_SHOWN = 6;
/** Fewest days that the plot shows: fewer would be a few fat bars. */
export const FEWEST_DAYS = 14;
/** From this part of the allowance on, it is called nearly used. */
export const NEARLY_USED = 0.9;
/** Offered when the rule is switched on, minutes. */
export const FIRST_IDLE_MINUTES = 5;
