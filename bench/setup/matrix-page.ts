/** docs/natlab-pairs.md: the matrix of all pairs as a page. */
import { type MatrixLine, matrixInWords } from './matrix.ts';
import type { MeasuredSetup } from './result.ts';

/** @param command what makes the page @param date of the run, YYYY-MM-DD @param machine what it ran on, in words */
export function matrixPage(
  lines: readonly MatrixLine[],
  command: string,
  date: string,
  machine: string,
): string {
  return `# All pairs of sites, beside plain WebRTC

Made by \`${command}\` on ${date}, on a machine with ${machine}. Each pair has a laboratory of its own and one measured call of either kind, after one
that wakes what sleeps until a first call; docs/natlab.md says how it is built, what is the same for both, and what the numbers mean. Times are
ms from the click to the first decoded picture on both sides; \`connected\` to both media ends connected.

${matrixInWords(lines)
  .split('\n')
  .map((line) => `- ${line}`)
  .join('\n')}

| pair | Byway over | connected | first picture | plain WebRTC over | connected | first picture | ratio |
|---|---|---|---|---|---|---|---|
${lines.map(row).join('\n')}

\`n1\`, \`n2\`: whose node carries, the first or second of \`--nodes\`. An arrow leads to what carries five seconds later, where a call with UDP at both
ends began over the relay.
`;
}

function row({ a, b, byway, webrtc, ratio, failed }: MatrixLine): string {
  const cells =
    failed === undefined
      ? [...cellsOf(byway), ...cellsOf(webrtc), ratio ?? '–']
      : ['not measured', '', '', '', '', '', '–'];
  return `| \`${a}\`-\`${b}\` | ${cells.join(' | ')} |`;
}

function cellsOf(setup: MeasuredSetup | null): readonly (string | number)[] {
  if (setup?.path == null) return ['nothing', '–', '–'];
  const first = setup.node ? `node ${setup.node}` : setup.path;
  const later = setup.settledPath ?? setup.path;
  return [
    later === setup.path ? first : `${first} → ${later}`,
    setup.connectedMs ?? '–',
    setup.firstVideoMs ?? '–',
  ];
}
