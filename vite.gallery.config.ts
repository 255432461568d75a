/** Every screen of the interface from fixtures, without an engine: `vite build -c vite.gallery.config.ts`. */
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'src/renderer',
  base: './',
  plugins: [react(), tailwindcss()],
  build: {
    outDir: '../../out/gallery',
    emptyOutDir: true,
    target: 'chrome130',
    rollupOptions: { input: 'src/renderer/gallery/index.html' },
  },
});
