import t from 'tap'
import { play } from './support/posting-row.ts'
import { POSTING_ROWS } from './support/posting-rows.ts'

for (const row of POSTING_ROWS) {
  t.test(`${row.step} posts ${row.posts.length === 0 ? 'nothing' : row.posts.join(', ')}`, async (t) => {
    t.strictSame(play(row), row.posts)
  })
}
