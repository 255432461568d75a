import { defineConfig } from 'vitest/config';

/** Real NATs and real browsers: only where there are root and the packages, so these tests are a part of their own. */
export default defineConfig({
  test: {
    include: ['test/natlab/**/*.test.ts'],
    environment: 'node',
    // Each call has two engines, two browsers and a server: side by side they would measure each other.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
