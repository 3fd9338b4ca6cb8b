import t from 'tap'
import { ConfigError, readConfig } from '../src/config.ts'

t.test('without any variable the service runs embedded, on this machine only', async (t) => {
  t.match(readConfig({}), { databaseUrl: null, migrationUrl: null, replicaUrl: null, dataDir: '.holdfast', host: '127.0.0.1', logLevel: 'info', processes: 1, drainMs: 5_000, stopGraceMs: 20_000 })
  t.equal(readConfig({}).port, 8080)
})

t.test('an empty variable counts as none', async (t) => {
  t.same(readConfig({ PORT: '', DATABASE_URL: ' ', HOST: '' }), readConfig({}))
})

t.test('what is given is taken, numbers as numbers', async (t) => {
  const config = readConfig({ PORT: '0', HOST: '0.0.0.0', DATABASE_URL: 'postgres://a@b/c', DATABASE_REPLICA_URL: 'postgresql://a@r/c', LOG_LEVEL: 'silent', DEADLINE_MS: '500' })
  t.match(config, { port: 0, host: '0.0.0.0', databaseUrl: 'postgres://a@b/c', migrationUrl: 'postgres://a@b/c', replicaUrl: 'postgresql://a@r/c', logLevel: 'silent', deadlineMs: 500 })
  t.same(readConfig({ TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8,2001:db8::/32' }).trustedProxies, ['127.0.0.1', '10.0.0.0/8', '2001:db8::/32'])
  t.equal(readConfig({ DATABASE_URL: 'postgres://a@b/c', DATABASE_MIGRATION_URL: 'postgres://owner@b/c' }).migrationUrl, 'postgres://owner@b/c')
})

const WRONG: ReadonlyArray<readonly [environment: Record<string, string>, says: RegExp]> = [
  [{ PORT: 'http' }, /^PORT is not usable\. Set it to: .* from 0 to 65535/],
  [{ PORT: String(2 ** 16) }, /^PORT /],
  [{ PORT: '-1' }, /^PORT /],
  [{ PORT: String(80.5) }, /^PORT /],
  [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL .*debug/],
  [{ DATABASE_URL: 'mysql://a@b/c' }, /^DATABASE_URL .*such as postgres:\/\//],
  [{ STOP_GRACE_MS: '60000' }, /^STOP_GRACE_MS .* to 20000/],
  [{ PROCESSES: '0' }, /^PROCESSES .* from 1 to 32/],
  [{ DRAIN_MS: '1 s' }, /^DRAIN_MS /],
  [{ BODY_BYTES_MAX: '100' }, /^BODY_BYTES_MAX .* from 1024 to 16777216/],
  [{ RATE_LIMIT: '-1' }, /^RATE_LIMIT .*0 for any number/],
  [{ RATE_LIMIT_WINDOW_MS: '500' }, /^RATE_LIMIT_WINDOW_MS .* from 1000/],
  [{ HEADERS_TIMEOUT_MS: '40000' }, /^HEADERS_TIMEOUT_MS is longer than REQUEST_TIMEOUT_MS/],
  [{ TRUSTED_PROXIES: 'proxy.example' }, /^TRUSTED_PROXIES .*such as 127\.0\.0\.1/],
  [{ TRUSTED_PROXIES: '10.0.0.0/33' }, /^TRUSTED_PROXIES /],
  [{ TRUSTED_PROXIES: '127.0.0.1,' }, /^TRUSTED_PROXIES /],
  [{ DATABASE_REPLICA_URL: 'postgres://a@b/c' }, /DATABASE_REPLICA_URL is set and DATABASE_URL is not/],
  [{ DATABASE_MIGRATION_URL: 'postgres://a@b/c' }, /DATABASE_MIGRATION_URL is set and DATABASE_URL is not/]
]

for (const [environment, says] of WRONG) {
  t.test(`${JSON.stringify(environment)} is refused with what to set instead`, async (t) => {
    t.throws(() => readConfig(environment), { name: 'ConfigError', message: says })
  })
}

t.test('every bad variable is named at once, and no password is repeated', async (t) => {
  try {
    readConfig({ PORT: 'x', LOG_LEVEL: 'y', DATABASE_URL: 'http://user:hunter2@host/db' })
    t.fail('it was accepted')
  } catch (error) {
    t.type(error, ConfigError)
    const { message } = error as ConfigError
    t.same(new Set(message.split('\n').map((line) => line.split(' ')[0])), new Set(['DATABASE_URL', 'LOG_LEVEL', 'PORT']))
    t.notMatch(message, 'hunter2')
  }
})
