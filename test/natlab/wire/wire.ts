/** The wire between a site and the internet: a small C program, compiled when it is first needed. */
import { type Background, startProgram } from '../../../scripts/steps/background.ts';
import { compileC } from '../../../scripts/steps/compile.ts';

export interface WireOptions {
  /** Compiled program, from `compileWire`. */
  readonly program: string;
  /** A namespace and the device to make in it, for each end. */
  readonly ends: readonly [WireEnd, WireEnd];
  /** One way, ms. */
  readonly delayMs: number;
  /** The same for IPv6, where that goes another way. */
  readonly ipv6DelayMs?: number;
  /** Of packets each way, per cent. */
  readonly lossPercent: number;
  readonly seed: number;
}

interface WireEnd {
  readonly namespace: string;
  readonly device: string;
}

/** @returns where the program of the wire is, compiled */
export function compileWire(): Promise<string> {
  return compileC('test/natlab/wire/wire.c');
}

/** Lays a wire; both devices exist when it is there. */
export async function layWire({
  program,
  ends,
  delayMs,
  ipv6DelayMs = delayMs,
  lossPercent,
  seed,
}: WireOptions): Promise<Background> {
  const [near, far] = ends;
  const numbers = [delayMs * 1_000, ipv6DelayMs * 1_000, lossPercent * 100, seed].map((number) =>
    String(Math.round(number)),
  );
  const { process } = await startProgram(
    [program, near.namespace, near.device, far.namespace, far.device, ...numbers],
    (line) => (line === 'ready' ? true : undefined),
  );
  return process;
}
