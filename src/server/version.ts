import manifest from '../../package.json' with { type: 'json' };

/** The version of this build, as `GET /byway` tells it. */
export const VERSION: string = manifest.version;
