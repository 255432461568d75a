/** The page for a browser that is not let in. It stands alone: the interface's own files ask for a session first. */

/** Its colours are those of `renderer/styles.css`; its style is inline, which the security headers allow. */
export const NO_SESSION_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
    <title>Not let in · Byway</title>
    <style>
      :root { color-scheme: light; --canvas: oklch(97.3% 0.007 130); --surface: oklch(99.4% 0.003 130); --line: oklch(89.5% 0.012 145); --ink: oklch(24% 0.022 175); --soft: oklch(41% 0.022 172) }
      @media (prefers-color-scheme: dark) {
        :root { color-scheme: dark; --canvas: oklch(18% 0.014 182); --surface: oklch(20.8% 0.015 182); --line: oklch(30.5% 0.017 180); --ink: oklch(95% 0.008 150); --soft: oklch(79% 0.014 165) }
      }
      body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--canvas); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
      main { max-width: 30rem; margin: 1rem; padding: 2rem; background: var(--surface); border: 1px solid var(--line); border-radius: 1rem }
      img { display: block; margin-bottom: 1rem }
      h1 { margin: 0 0 .5rem; font-size: 1.25rem; line-height: 1.3 }
      p { margin: .5rem 0 0; color: var(--soft) }
    </style>
  </head>
  <body>
    <main>
      <img src="/favicon.svg" alt="" width="48" height="48" />
      <h1>Byway does not let this page in</h1>
      <p>Its address was used already, or Byway was started anew since.</p>
      <p>A new address was printed where Byway was started; open that one. Enter at its terminal prints another.</p>
    </main>
  </body>
</html>
`;
