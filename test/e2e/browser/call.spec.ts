/** Two Chromium pages on two headless engines. */
import { journey } from '../journey.ts';
import { test } from '../stage.ts';

test('two people add each other, call, see and hear each other, and hang up', async ({ inBrowser }) => {
  const [ada, ben] = await Promise.all([
    inBrowser('Ada', { firstStart: true }),
    inBrowser('Ben', { firstStart: true }),
  ]);
  await journey(ada, ben);
});
