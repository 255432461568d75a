/** What the engine and whoever shows the interface agree on for the media end, the page's RTCPeerConnection. */

/**
 * Chromium's policy for the addresses of a media end (`webRTCIPHandlingPolicy`): one socket on no interface in particular in place of
 * one on each. Its only way is to the engine on loopback, which it so checks first and not 50 ms later, and which stays when an interface
 * goes. A page on a headless engine in a browser of the user's own has Chromium's default, and works, too.
 */
export const ONE_SOCKET_POLICY = 'default_public_interface_only';
