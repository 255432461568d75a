#!/usr/bin/env node
/**
 * Runs one of the scripts beside it on a machine where nothing was prepared: installs what is missing, finds a Node that
 * is new enough, and hands over. It needs no package, and runs on Node 18 and later.
 *
 *   node scripts/run.mjs start [arguments for scripts/start.ts]
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
/** The first Node that runs TypeScript without a flag. */
const OLDEST_NODE = [22, 18];
const PROGRESS_EVERY_MS = 2_000;
/** How many of npm's own lines are worth showing when it fails. */
const LAST_LINES = 15;

const say = (text) => process.stderr.write(`${text}\n`);

const nodeOfTheProject = join(
  project,
  'node_modules/node/bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
);

/** Packages the lock file asks for on this platform and node_modules does not have in that version. */
function missingPackages() {
  const wanted = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')).packages;
  const installedFile = join(project, 'node_modules/.package-lock.json');
  const installed = existsSync(installedFile) ? JSON.parse(readFileSync(installedFile, 'utf8')).packages : {};
  return Object.entries(wanted)
    .filter(([path, { optional, devOptional, peer }]) => path !== '' && !optional && !devOptional && !peer)
    .filter(([path, { version }]) => installed[path]?.version !== version)
    .map(([path]) => path);
}

/** npm prints nothing for a minute; count what has arrived instead. */
function showProgress(paths) {
  const startedAt = Date.now();
  const show = () => {
    const arrived = paths.filter((path) => existsSync(join(project, path, 'package.json'))).length;
    say(`  ${arrived} of ${paths.length} packages, ${Math.round((Date.now() - startedAt) / 1000)} s`);
  };
  const timer = setInterval(show, PROGRESS_EVERY_MS);
  return () => clearInterval(timer);
}

/** Runs npm quietly. Resolves with its exit code and what it said. */
function npm(args) {
  return new Promise((done) => {
    let said = '';
    // npm on Windows is a script, which only a shell can start; the arguments are our own constants.
    const child = spawn('npm', args, { cwd: project, shell: process.platform === 'win32' });
    const listen = (chunk) => {
      said += chunk;
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('error', (error) => done({ code: 1, said: `${said}\n${error.message}` }));
    child.on('close', (code) => done({ code: code ?? 1, said }));
  });
}

async function install(missing) {
  say(`Byway: ${missing.length} packages are missing; installing them (about 600 MB on disk, once).`);
  const stop = showProgress(missing);
  // Not `npm ci`: it refuses a lock file made where some other platform's optional packages could not be seen.
  const { code, said } = await npm(['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
  stop();
  if (code === 0 && missingPackages().length === 0) {
    say('Byway: packages installed.');
    return;
  }
  say(said.trim().split('\n').slice(-LAST_LINES).join('\n'));
  say(
    '\nByway: npm could not install the packages (its last words are above). Without them nothing of Byway',
  );
  say('can run. Check that this machine reaches your npm registry, then start again.');
  process.exit(1);
}

function newEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

function findNode() {
  if (newEnough(process.versions.node)) return process.execPath;
  if (existsSync(nodeOfTheProject)) return nodeOfTheProject;
  say(
    `Byway: this is Node ${process.versions.node}, and the scripts need ${OLDEST_NODE.join('.')} or later.`,
  );
  say('The package "node" that brings one was not installed, because npm did not run its install script.');
  say(
    'Run "npm rebuild node", or install a newer Node from nodejs.org; without it nothing of Byway can run.',
  );
  return process.exit(1);
}

const [name, ...args] = process.argv.slice(2);
const script = resolve(project, 'scripts', `${name}.ts`);
if (name === undefined || !/^[a-z-]+$/.test(name) || !existsSync(script)) {
  say('usage: node scripts/run.mjs <script> [arguments]');
  process.exit(2);
}

const missing = missingPackages();
if (missing.length > 0) await install(missing);

const bin = join(project, 'node_modules/.bin');
const child = spawn(findNode(), ['--disable-warning=ExperimentalWarning', script, ...args], {
  cwd: project,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
});
// Ctrl+C reaches the child from the terminal itself; a signal sent to us alone is passed on.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  say(`Byway: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 0)));
