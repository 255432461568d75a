/** Routers that lie, stall or attack: asking them ends in time, harms nobody else, and believes nothing it should not. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Home, hurried } from '../../../../test/support/router-home.ts';
import { MAX_SEARCH_ANSWERS } from './constants.ts';
import type { AskingApp } from './testing/asking-app.ts';
import type { IgdRouter } from './testing/igd-router.ts';

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.close());

const mapped = (asking: AskingApp) =>
  vi.waitFor(() => expect(asking.mappings.report().external).toBeDefined(), { timeout: 10_000 });

/** The end of the asking, whatever it is, and how long it took, ms. */
async function outcome(asking: AskingApp): Promise<{ state: string; tookMs: number }> {
  const startedAtMs = performance.now();
  await vi.waitFor(() => expect(asking.state).not.toBe('asking'), { timeout: 16_000, interval: 20 });
  return { state: asking.state, tookMs: performance.now() - startedAtMs };
}

/** Another machine of the home, which nobody may be sent to. Its requests. */
async function bystander(): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.end();
  });
  server.listen(0, '127.0.0.2');
  await once(server, 'listening');
  home.later(async () => {
    server.closeAllConnections();
    server.close();
  });
  const { address, port } = server.address() as AddressInfo;
  return { url: `http://${address}:${port}`, requests };
}

describe('answers at port 5351', () => {
  it('are found between garbage', async () => {
    const router = await home.portControl();
    router.tamper = (answer) => [
      Buffer.alloc(0),
      Buffer.from([2]),
      Buffer.alloc(1_200, 0xff),
      answer.subarray(0, 20),
      Buffer.from('garbage'),
      answer,
    ];
    const asking = home.app({ portControl: router.port });

    await mapped(asking);

    expect(asking.mappings.report().protocol).toBe('pcp');
  });

  it('with another nonce are not believed', async () => {
    const router = await home.portControl();
    router.speaks.natPmp = false;
    router.tamper = (answer) => {
      if (answer[1] === 0x81) answer.fill(7, 24, 36);
      return [answer];
    };

    expect((await outcome(home.app({ portControl: router.port }, hurried))).state).toBe('none');
  });

  it.each(['127.0.0.1', '127.0.0.2'])('from elsewhere (%s) are not believed', async (address) => {
    const router = await home.portControl();
    const socket = createSocket('udp4').bind(0, address);
    await once(socket, 'listening');
    home.later(async () => void socket.close());
    router.answersFrom = socket;

    expect((await outcome(home.app({ portControl: router.port }, hurried))).state).toBe('none');
    expect(router.mappings.size).toBe(0);
  });

  it('that map to port 0 are none', async () => {
    const router = await home.portControl();
    router.portOffset = -40_123;

    expect((await outcome(home.app({ portControl: router.port }, hurried))).state).toBe('none');
  });
});

describe('an external address', () => {
  it.each([
    ['192.168.7.7', 'private-address'],
    ['100.64.3.3', 'private-address'],
    ['203.0.113.9', 'other-address'],
    ['0.0.0.0', 'other-address'],
    ['127.0.0.1', 'other-address'],
    ['239.1.1.1', 'other-address'],
  ] as const)('that STUN servers do not see (%s) is offered to nobody', async (address, doubt) => {
    const router = await home.portControl();
    router.externalAddress = address;
    const asking = home.app({ portControl: router.port });
    await mapped(asking);

    expect(asking.mappings.report()).toMatchObject({ state: 'untrue', doubt });
    expect(asking.mappings.offered()).toEqual([]);
  });

  it('is offered once STUN servers see it', async () => {
    const router = await home.portControl();
    router.externalAddress = '203.0.113.9';
    const asking = home.app({ portControl: router.port });
    await mapped(asking);

    asking.seen = ['203.0.113.9'];
    asking.mappings.reconsider();

    expect(asking.state).toBe('mapped');
    expect(asking.mappings.offered()).toEqual([{ address: '203.0.113.9', port: 40_123 }]);
  });

  it('to which nothing comes is withdrawn; one that something came to is proved', async () => {
    for (const proved of [true, false]) {
      const router = await home.portControl();
      const asking = home.app({ portControl: router.port });
      const asked: unknown[] = [];
      asking.proves = async (external) => {
        asked.push(external);
        return proved;
      };
      await vi.waitFor(() => expect(asking.state).toBe(proved ? 'proved' : 'untrue'));

      asking.mappings.reconsider();

      expect(asked).toEqual([{ address: '198.51.100.7', port: 40_123 }]);
      expect(asking.mappings.offered()).toHaveLength(proved ? 1 : 0);
      expect(asking.mappings.report().doubt).toBe(proved ? undefined : 'nothing-arrives');
    }
  });
});

describe('a UPnP gateway', () => {
  async function outcomeOf(prepare: (router: IgdRouter) => void): Promise<{ state: string; tookMs: number }> {
    const router = await home.gateway();
    prepare(router);
    return outcome(home.app({ ssdp: router.ssdpPort }, hurried));
  }

  it('with an XML bomb is none', async () => {
    const entities = Array.from({ length: 30 }, (_, i) => `<!ENTITY e${i + 1} "&e${i};&e${i};">`).join('');
    const bomb = `<!DOCTYPE root [<!ENTITY e0 "boom">${entities}]><root>&e30;</root>`;

    const { state } = await outcomeOf((router) => {
      router.onDescription = (_request, response) => void response.end(bomb);
    });

    expect(state).toBe('none');
  });

  it('with 10 MB for a description is cut off', async () => {
    let sent = 0;
    const { state, tookMs } = await outcomeOf((router) => {
      router.onDescription = (_request, response) => {
        const part = Buffer.alloc(10_240, ' ');
        const send = () => {
          while (!response.destroyed && sent < 10_485_760) {
            sent += part.length;
            if (!response.write(part)) return void response.once('drain', send);
          }
          response.end();
        };
        send();
      };
    });

    expect(state).toBe('none');
    // What the kernel's buffers on both sides hold is sent all the same.
    expect(sent).toBeLessThan(10_485_760);
    expect(tookMs).toBeLessThan(5_000);
  });

  it('with 10 MB for an answer is cut off, and what it may have mapped is taken back', async () => {
    const router = await home.gateway();
    const deleted = vi.fn();
    router.onAction = (request, response) => {
      const action = String(request.headers.soapaction);
      if (action.includes('GetStatusInfo')) {
        response.end(
          '<s:Envelope><s:Body><u:GetStatusInfoResponse><NewConnectionStatus>Connected</NewConnectionStatus></u:GetStatusInfoResponse></s:Body></s:Envelope>',
        );
        return;
      }
      if (action.includes('DeletePortMapping')) deleted();
      response.end(Buffer.alloc(10_485_760, ' '));
    };

    expect((await outcome(home.app({ ssdp: router.ssdpPort }, hurried))).state).toBe('none');
    expect(deleted).toHaveBeenCalled();
  });

  it('that never ends its answer is given up', async () => {
    const { state, tookMs } = await outcomeOf((router) => {
      router.onDescription = (_request, response) => {
        const timer = setInterval(() => void response.write(' '), 50);
        response.on('close', () => clearInterval(timer));
      };
    });

    expect(state).toBe('none');
    expect(tookMs).toBeLessThan(5_000);
  });

  it('that never answers is given up', async () => {
    const { state, tookMs } = await outcomeOf((router) => {
      router.onDescription = () => undefined;
    });

    expect(state).toBe('none');
    expect(tookMs).toBeLessThan(5_000);
  });

  it('that ends in the middle, or changes the protocol, is none', async () => {
    for (const answer of [
      'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n<root>',
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
      `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
      '\0\0\0',
    ]) {
      const { state } = await outcomeOf((router) => {
        router.onDescription = (request) => void request.socket.end(answer);
      });
      expect(state).toBe('none');
    }
  });

  it('that sends us to another machine is not obeyed', async () => {
    const other = await bystander();
    const redirect = async (router: IgdRouter) => {
      router.onDescription = (_request, response) =>
        void response.writeHead(302, { location: `${other.url}/redirected` }).end();
    };
    for (const prepare of [
      redirect,
      (router: IgdRouter) => {
        router.location = `${other.url}/located`;
      },
      (router: IgdRouter) => {
        router.controlUrl = `${other.url}/controlled`;
      },
      (router: IgdRouter) => {
        router.urlBase = `${other.url}/`;
      },
    ]) {
      expect((await outcomeOf(prepare)).state).toBe('none');
    }
    expect(other.requests).toEqual([]);
  });

  it('that answers a search a thousand times is looked at a few times', async () => {
    let descriptions = 0;
    const router = await home.gateway();
    router.onDescription = (_request, response) => {
      descriptions++;
      response.end('<root/>');
    };
    const target = 'urn:schemas-upnp-org:device:InternetGatewayDevice:1';
    let count = 0;
    router.onSearch = () =>
      Array.from({ length: 1_000 }, () => {
        router.location = `${router.url}/${count++}`;
        return router.honestSearchAnswer(target);
      });

    expect((await outcome(home.app({ ssdp: router.ssdpPort }, hurried))).state).toBe('none');
    expect(descriptions).toBe(MAX_SEARCH_ANSWERS);
  });

  it('is believed alone where the system names the router', async () => {
    const router = await home.gateway();
    const asking = home.app({ ssdp: router.ssdpPort }, hurried);
    asking.routers = [{ family: 'IPv4', address: '127.0.0.3', localAddress: '127.0.0.1', certain: true }];

    // The search goes to everybody and is answered from 127.0.0.1, which is not the router.
    expect((await outcome(asking)).state).toBe('none');
    expect(router.actions).toEqual([]);
  });

  it('with an address that is none gets nothing offered', async () => {
    const { state } = await outcomeOf((router) => {
      router.externalAddress = 'http://127.0.0.1/';
    });
    expect(state).toBe('none');
  });
});
