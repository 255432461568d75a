import { resolve } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const at = (path: string): string => resolve(import.meta.dirname, path);

/**
 * Everything is bundled: a packaged app holds out/ and assets/, and of node_modules only koffi, which is machine code and is looked for where a
 * Linux app forwards in batches. `electron` stays outside, too.
 * The oldest Electron that runs Byway has Node 20.18 and Chrome 130, so that is what is built for.
 */
export default defineConfig({
  main: {
    build: {
      target: 'node20.18',
      externalizeDeps: false,
      rolldownOptions: {
        input: {
          index: at('src/main/index.ts'),
          headless: at('src/main/headless.ts'),
          // A thread's first file, found by its name (engine/forwarder).
          forwarder: at('src/main/engine/forwarder/worker.ts'),
          server: at('src/server/main.ts'),
        },
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
        // Faster C versions of two loops in `ws`, asked for inside a try block. They are native modules, so they stay out.
        external: ['bufferutil', 'utf-8-validate'],
      },
    },
  },
  preload: {
    build: {
      target: 'node20.18',
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: at('src/preload/index.ts') },
        // A sandboxed preload script is one CommonJS file.
        output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
      },
    },
  },
  renderer: {
    root: at('src/renderer'),
    base: './',
    plugins: [react(), tailwindcss()],
    build: {
      target: 'chrome130',
      outDir: at('out/renderer'),
      // The content security policy forbids data: scripts and fonts; a file is a file.
      assetsInlineLimit: 0,
      rolldownOptions: { input: { index: at('src/renderer/index.html') } },
    },
  },
});
