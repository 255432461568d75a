/**
 * The walls between the parts (docs/architecture.md):
 *
 *   renderer -> shared <- main        desktop -> api -> engine -> shared        server -> shared
 *
 * `test/walls` shows that each rule fails where it should.
 */
const TEST = '\\.(test|spec)\\.tsx?$';

/** A rule that keeps `from` out of `to`; tests that stand beside their file may reach anywhere. */
function wall(name, comment, from, to) {
  return { name, comment, severity: 'error', from: { pathNot: [TEST], ...from }, to };
}

module.exports = {
  forbidden: [
    wall('no-cycles', 'A cycle has no order to read it in.', {}, { circular: true }),
    wall(
      'shared-imports-nothing-of-ours',
      'Contracts depend on nobody.',
      { path: '^src/shared/' },
      { path: '^(src/(?!shared/)|scripts/|test/|bench/)' },
    ),
    wall(
      'renderer-only-shared',
      'The interface knows the engine by its contract alone.',
      { path: '^src/renderer/' },
      { path: '^(src/(?!renderer/|shared/)|scripts/|test/|bench/)' },
    ),
    wall(
      'preload-only-shared',
      'The bridge hands over a port and knows nothing else.',
      { path: '^src/preload/' },
      { path: '^(src/(?!preload/|shared/)|scripts/|test/|bench/)' },
    ),
    wall(
      'engine-only-shared',
      'The engine knows neither its hosts nor the interface.',
      { path: '^src/main/engine/' },
      { path: '^(src/(?!main/engine/|shared/)|scripts/|test/|bench/)' },
    ),
    wall(
      'forwarder-knows-no-calls',
      'A thread that forwards numbers needs to know of nothing else.',
      { path: '^src/main/engine/forwarder/' },
      { path: '^src/', pathNot: '^src/main/engine/(forwarder/|outside/index\\.ts$|stun/(ip|errors)\\.ts$)' },
    ),
    wall(
      'api-only-engine-and-shared',
      'The API stands on the engine.',
      { path: '^src/main/api/' },
      { path: '^(src/(?!main/(api|engine)/|shared/)|scripts/|test/|bench/)' },
    ),
    wall(
      'machine-only-what-the-rules-ask',
      'What a system tells of itself depends on nothing but the question.',
      { path: '^src/main/machine/' },
      {
        path: '^(src/|scripts/|test/|bench/)',
        pathNot: ['^src/main/machine/', '^src/main/engine/(volunteering/machine|outside/index)\\.ts$'],
      },
    ),
    wall(
      'main-not-interface',
      'No part of the main process reaches into the interface.',
      { path: '^src/main/' },
      { path: '^(src/(renderer|preload)/|scripts/|test/|bench/)' },
    ),
    wall(
      'headless-not-desktop',
      'The headless host runs without Electron.',
      { path: '^src/main/(headless|embedded-server)' },
      { path: '^src/main/desktop/' },
    ),
    wall(
      'desktop-not-headless',
      'The two hosts share the engine, not each other.',
      { path: '^src/main/(index\\.ts$|desktop/)' },
      { path: '^src/main/headless' },
    ),
    wall(
      'server-only-shared-and-the-stun-codec',
      'The server reads STUN and joins legs as a node does, and nothing else that the engine can.',
      { path: '^src/server/' },
      {
        path: '^(src/(?!server/|shared/)|scripts/|test/|bench/)',
        pathNot: [
          '^src/main/engine/stun/(message|attributes|constants|errors|ip)\\.ts$',
          // The public relay is the volunteers' node on a public address; a socket's shape comes with it.
          '^src/main/engine/sfu/(bridge|bridges|constants|join|probe|ticket|web-socket-message)\\.ts$',
          '^src/main/engine/outside/index\\.ts$',
        ],
      },
    ),
    wall(
      'only-the-embedded-server-starts-the-server',
      'An app that wants a server of its own goes through one file.',
      { path: '^src/', pathNot: [TEST, '^src/server/', '^src/main/embedded-server\\.ts$'] },
      { path: '^src/server/' },
    ),
    wall(
      'only-desktop-knows-electron',
      'One folder to port when Electron changes; the preload bridge is Electron by nature.',
      { path: '^src/', pathNot: ['^src/main/desktop/', '^src/preload/'] },
      { path: '(^electron$|node_modules/electron/)' },
    ),
    wall(
      'nothing-unresolved',
      'An import that leads nowhere.',
      { path: '^(src|scripts|test|bench)/' },
      { couldNotResolve: true, pathNot: '^(bufferutil|utf-8-validate)$' },
    ),
    wall(
      'no-development-packages-in-the-product',
      'What ships is named in dependencies.',
      { path: '^src/', pathNot: [TEST, '/testing/'] },
      { dependencyTypes: ['npm-dev'], pathNot: '(^electron$|node_modules/(electron|@types)/)' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|dist|test-results|test/walls/fixture)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.cjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
