/** The picture we ask of the camera: 720p at 30 frames a second, what 2.5 Mbit/s carries well. */
export const CAMERA_WIDTH_PX = 1280;
export const CAMERA_HEIGHT_PX = 720;
export const CAMERA_FRAMES_PER_SECOND = 30;
/** Ceiling of the video we send, bits a second: beyond it 720p hardly looks better. */
export const VIDEO_CEILING_BPS = 2_500_000;
/**
 * How often the devices are listed while it rings here, ms. Listing wakes the browser's capture process without opening
 * any device; it goes to sleep after five seconds, and waking it costs the answer more than 100 ms.
 */
export const WAKE_INTERVAL_MS = 3_000;
/**
 * Where a call is answered before its media end has described itself, the devices wait so long for that at most, ms: opening them takes the
 * processor from what the other side waits for, and their picture is not wanted before.
 */
export const DESCRIBE_HEAD_START_MS = 200;
/** How often the live numbers are read, ms. */
export const STATS_INTERVAL_MS = 1_000;
/** How many readings are kept for the plots: one minute. */
export const STATS_KEPT = 60;
/**
 * How often to look for the first sound and frame after the answer, ms. The browser tells of both by itself, of a frame when it is painted;
 * this is for a picture that nobody paints. Each look makes the page wait for the media threads.
 */
export const FIRSTS_INTERVAL_MS = 100;
/** After this long without a first frame it may never come (a camera that is off), ms; we then look once a second. */
export const FIRSTS_PATIENCE_MS = 10_000;
/** What a video encoder starts at, kbit/s: enough that libwebrtc does not drop first frames up to 640 x 480 (it wants 500). */
export const START_BITRATE_KBPS = 1_200;
/** The first pictures are this much smaller each way, so that the first one is encoded, sent and decoded sooner. */
export const FIRST_PICTURE_SCALE = 2;
/** After this long of sending, the picture gets its full size, ms. */
export const SHARPEN_AFTER_MS = 1_000;
/** A media end made ahead is thrown away after this long and made anew, ms: addresses and devices may have changed by then. */
export const SPARE_LIFETIME_MS = 10 * 60_000;
