import { describe, expect, it } from 'vitest';
import { Notice, ServerState } from '../../shared/app.ts';
import { AttemptOutcome, AttemptReason, EndReason, PathObstacle, TimelineEvent } from '../../shared/call.ts';
import { FailureCode } from '../../shared/contract.ts';
import { VolunteerLimit, VolunteerRule, VolunteerState } from '../../shared/volunteer.ts';
import { CandidateType, PathKind } from '../../shared/words.ts';
import de from './de.json';
import en from './en.json';

type Tree = { readonly [key: string]: string | Tree };
const languages: Record<string, Tree> = { en, de };

function leaves(tree: Tree, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') found.set(prefix + key, value);
    else for (const [path, text] of leaves(value, `${prefix}${key}.`)) found.set(path, text);
  }
  return found;
}

const placeholders = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map(([, name]) => name).sort();

describe('the languages', () => {
  it('have the same keys', () => {
    expect([...leaves(de).keys()].sort()).toEqual([...leaves(en).keys()].sort());
  });

  it('fill in the same values in each sentence', () => {
    const german = leaves(de);
    for (const [key, text] of leaves(en)) {
      expect(placeholders(german.get(key) ?? ''), key).toEqual(placeholders(text));
    }
  });

  it('leave no text empty but the remedies of ends that need none', () => {
    for (const tree of Object.values(languages)) {
      for (const [key, text] of leaves(tree)) {
        if (!/^end\..*\.remedy$/.test(key)) expect(text.trim(), key).not.toBe('');
      }
    }
  });
});

describe.each(Object.entries(languages))('in %s there is a sentence for every', (_name, tree) => {
  const texts = leaves(tree);
  it.each([
    ['failure', FailureCode.options, (code: string) => `failure.${code}`],
    ['end of a call', EndReason.options, (reason: string) => `end.${reason}.sentence`],
    ['remedy after a call', EndReason.options, (reason: string) => `end.${reason}.remedy`],
    ['notice', Notice.shape.code.options, (code: string) => `notice.${code}`],
    ['event of the time line', TimelineEvent.shape.type.options, (type: string) => `path.event.${type}`],
    ['state of the server', ServerState.shape.state.options, (state: string) => `server.${state}`],
    [
      'reason of the server',
      ServerState.shape.reason.unwrap().options,
      (reason: string) => `server.reason.${reason}`,
    ],
    ['kind of path', PathKind.options, (kind: string) => `path.kind.${kind}`],
    ['outcome of an attempt', AttemptOutcome.options, (outcome: string) => `path.outcome.${outcome}`],
    ['reason of an attempt', AttemptReason.options, (reason: string) => `path.reason.${reason}`],
    ['obstacle to a path', PathObstacle.options, (obstacle: string) => `path.obstacle.${obstacle}`],
    [
      'state of a volunteer',
      VolunteerState.shape.state.options,
      (state: string) => `volunteer.means.${state}`,
    ],
    ['rule of a volunteer', VolunteerRule.options, (rule: string) => `volunteer.rest.${rule}`],
    ['limit of a volunteer', VolunteerLimit.options, (limit: string) => `volunteer.limit.${limit}`],
    [
      'reach of a volunteer',
      VolunteerState.shape.reach.shape.callers.options,
      (callers: string) => `volunteer.reach.${callers}`,
    ],
    [
      'remedy for more reach',
      VolunteerState.shape.reach.shape.remedies.element.options,
      (remedy: string) => `volunteer.remedy.${remedy}`,
    ],
    [
      'rule that cannot be kept',
      VolunteerState.shape.untold.element.options,
      (rule: string) => `volunteer.untold.${rule}`,
    ],
    ['type of candidate', CandidateType.options, (type: string) => `path.type.${type}`],
  ])('%s', (_what, codes, key) => {
    const missing = codes.map(key).filter((path) => !texts.has(path));
    expect(missing).toEqual([]);
  });
});
