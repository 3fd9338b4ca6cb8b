// The order of the house: a folder imports only from those above it in this list. When two folders need each other,
// a concept is missing: find it and place it higher in the list, with a decision page, rather than bend a rule.
const FOLDERS = [
  'kernel', 'db', 'http', 'audit', 'tenants', 'auth', 'events', 'ledger', 'journal', 'timers', 'metrics', 'two-persons', 'manual-journals', 'parties', 'receivables', 'coins',
  'escrow', 'sandbox', 'customs', 'settlement', 'reports', 'webhooks', 'processes', 'bench', 'commands'
]

// The order within the house of trades, by the same rule.
const ESCROW_FOLDERS = ['trade', 'reserves', 'exchange', 'refunds', 'release', 'groups', 'steps', 'payments', 'refund-cases', 'disputes', 'chargebacks', 'conditions', 'quotes', 'timers', 'checks']

// The order within customs, by the same rule.
const CUSTOMS_FOLDERS = ['forms', 'keyring', 'identities', 'trades', 'lookups', 'matches', 'receipts', 'erasure', 'declarations', 'checks']

// These stand beside the house and talk to the service as any caller does.
const OUTSIDERS = ['demo', 'client', 'console']

const order = FOLDERS.map((folder, index) => ({
  name: `${folder}-imports-upward`,
  comment: `src/${folder} may import from ${FOLDERS.slice(0, index).join(', ') || 'no other folder'}.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: {
    path: '^src/',
    // The shape of the configuration is known to all; reading it is the top's business.
    pathNot: `^src/(${FOLDERS.slice(0, index + 1).join('|')})/|^src/config\\.ts$`
  }
}))

const orderWithin = (house, folders) => folders.map((folder, index) => ({
  name: `${house}-${folder}-imports-upward`,
  comment: `src/${house}/${folder} may import from ${folders.slice(0, index).join(', ') || 'no other folder'} of src/${house}.`,
  severity: 'error',
  from: { path: `^src/${house}/${folder}/` },
  to: { path: `^src/${house}/`, pathNot: `^src/${house}/(${folders.slice(0, index + 1).join('|')})/` }
}))

module.exports = {
  forbidden: [
    ...order,
    ...orderWithin('escrow', ESCROW_FOLDERS),
    ...orderWithin('customs', CUSTOMS_FOLDERS),
    {
      name: 'config-as-type-only',
      comment: 'A folder is told its configuration; it does not fetch it.',
      severity: 'error',
      from: { path: '^src/[^/]+/' },
      to: { path: '^src/config\\.ts$', dependencyTypesNot: ['type-only'] }
    },
    ...OUTSIDERS.map((folder) => ({
      name: `${folder}-imports-the-server`,
      comment: `src/${folder} talks to the service over HTTP, as any caller does.`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: `^src/${folder}/` }
    })),
    {
      name: 'outsiders-are-imported',
      comment: 'Nothing of the server leans on what stands beside it.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${OUTSIDERS.join('|')})/` },
      to: { path: `^src/(${OUTSIDERS.join('|')})/` }
    },
    {
      name: 'http-outside-of-routes',
      comment: 'Only routes.ts, schemas.ts (or trade-routes.ts and the like), the http folder and the top files know that there is HTTP.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/http/|^src/.+/[a-z-]*(routes|schemas)\\.ts$|^src/(app|main|serve|cli)\\.ts$' },
      to: { path: 'node_modules/(fastify|@fastify|@scalar)/|^src/http/' }
    },
    {
      name: 'routes-are-imported',
      comment: 'Routes and schemas are edges: only the top mounts them, and only routes read schemas of other folders.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/[^/]+\\.ts$|/[a-z-]*(routes|schemas)\\.ts$' },
      to: { path: '^src/.+/[a-z-]*(routes|schemas)\\.ts$', pathNot: '^src/http/' }
    },
    {
      name: 'top-files-are-imported',
      comment: 'app.ts, serve.ts, main.ts and cli.ts stand on everything, so nothing stands on them.',
      severity: 'error',
      from: { path: '^src/[^/]+/' },
      to: { path: '^src/(app|main|serve|cli)\\.ts$' }
    },
    {
      name: 'cycle',
      severity: 'error',
      from: {},
      to: { circular: true }
    },
    {
      name: 'unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true }
    },
    {
      name: 'src-imports-what-is-not-installed-in-production',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] }
    },
    {
      name: 'unlisted-folder',
      comment: 'A new folder takes its place in the list above.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(${[...FOLDERS, ...OUTSIDERS].join('|')})/` },
      to: {}
    }
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] }
  }
}
