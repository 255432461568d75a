/** A media end that speaks WebRTC in earnest: werift's peers, a stack that nobody here wrote. */
import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, RtpHeader, RtpPacket } from 'werift';
import type { TestUser } from './users.ts';

/** A media end made of werift: it does for a snapshot what the renderer does with Chromium's. */
export class WeriftMediaEnd {
  readonly received: RtpPacket[] = [];
  /** When each of them came, by `performance.now()`. */
  readonly arrivedAtMs: number[] = [];
  connection: RTCPeerConnection | undefined;
  readonly #engine: TestUser['engine'];
  readonly #track = new MediaStreamTrack({ kind: 'audio' });
  #endpointId: string | undefined;
  #remoteApplied = false;

  constructor(user: TestUser) {
    this.#engine = user.engine;
    user.media.enabled = false;
    user.engine.calls.on('changed', () => void this.#follow());
  }

  /** Opus-sized packets, every 20 ms, until the test ends. */
  talk(): NodeJS.Timeout {
    let sequenceNumber = 0;
    return setInterval(() => {
      sequenceNumber = (sequenceNumber + 1) & 0xffff;
      const header = new RtpHeader({
        version: 2,
        payloadType: 96,
        sequenceNumber,
        timestamp: sequenceNumber * 960,
        ssrc: 1,
        marker: false,
      });
      this.#track.writeRtp(new RtpPacket(header, Buffer.alloc(80, sequenceNumber & 0xff)));
    }, 20);
  }

  async #follow(): Promise<void> {
    const call = this.#engine.calls.current;
    const endpoint = call?.endpoint;
    if (!call || !endpoint) return;
    if (endpoint.id !== this.#endpointId) {
      if (endpoint.role === 'answerer' && !endpoint.remote) return;
      this.#endpointId = endpoint.id;
      this.#remoteApplied = endpoint.role === 'answerer';
      const connection = this.#open();
      this.connection = connection;
      if (endpoint.role === 'offerer') {
        await connection.setLocalDescription(await connection.createOffer());
      } else if (endpoint.remote) {
        await connection.setRemoteDescription(endpoint.remote);
        await connection.setLocalDescription(await connection.createAnswer());
      }
      const sdp = connection.localDescription?.sdp ?? '';
      this.#engine.calls.describe(call.id, endpoint.id, {
        type: endpoint.role === 'offerer' ? 'offer' : 'answer',
        sdp,
      });
    } else if (endpoint.remote && !this.#remoteApplied) {
      this.#remoteApplied = true;
      await this.connection?.setRemoteDescription(endpoint.remote);
    }
  }

  #open(): RTCPeerConnection {
    const connection = new RTCPeerConnection({
      iceServers: [],
      iceUseIpv6: false,
      iceAdditionalHostAddresses: ['127.0.0.1'],
      codecs: {
        audio: [new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48000, channels: 2 })],
        video: [],
      },
    });
    connection.addTransceiver(this.#track, { direction: 'sendrecv' });
    connection.onTrack.subscribe((track) =>
      track.onReceiveRtp.subscribe((packet) => {
        this.received.push(packet);
        this.arrivedAtMs.push(performance.now());
      }),
    );
    return connection;
  }
}
