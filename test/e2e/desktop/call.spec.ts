/** Two desktop apps. */
import { journey } from '../journey.ts';
import { test } from '../stage.ts';

test('two people add each other, call, see and hear each other, and hang up', async ({ inApp }) => {
  const [ada, ben] = await Promise.all([
    inApp('Ada', { firstStart: true }),
    inApp('Ben', { firstStart: true }),
  ]);
  await journey(ada, ben);
});
