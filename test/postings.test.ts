import t from 'tap'
import { COIN_POSTING_ROWS, POSTING_ROWS } from './support/posting-rows.ts'

for (const row of [...POSTING_ROWS, ...COIN_POSTING_ROWS]) {
  t.test(`${row.step} posts ${row.posts.length === 0 ? 'nothing' : row.posts.join(', ')}`, async (t) => {
    t.strictSame(row.play(), row.posts)
  })
}
