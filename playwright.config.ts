import { defineConfig } from '@playwright/test';

/** End-to-end tests: `browser` drives two Chromium pages on headless engines, `desktop` two real Electron apps. */
export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'test-results/artefacts',
  // Each test has two engines, two interfaces and a server: side by side they would measure each other.
  workers: 1,
  fullyParallel: false,
  // The longest way, with its pictures, takes 40 to 75 s on two quiet cores: a limit for what hangs, not a measure.
  timeout: 240_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  retries: 0,
  reporter: [['list'], ['json', { outputFile: process.env.BYWAY_E2E_REPORT ?? 'test-results/e2e.json' }]],
  use: { actionTimeout: 10_000, trace: 'retain-on-failure' },
  projects: [
    { name: 'browser', testMatch: /browser\/.*\.spec\.ts$/ },
    { name: 'desktop', testMatch: /desktop\/.*\.spec\.ts$/ },
    { name: 'gallery', testMatch: /gallery\.spec\.ts$/ },
  ],
});
