import { ROLES } from '../kernel/principal.ts'
import { REPORT_NAMES } from '../reports/print.ts'

/** What `holdfast --help` says. */
export const USAGE = `holdfast: an escrow payment ledger

  holdfast serve                                  run the service (as npm start does)
  holdfast migrate                                bring the database to this version
  holdfast tenant create NAME [--live]            make a tenant; --live is for real money
  holdfast key create --tenant NAME --role ROLE --name TEXT [--expires-at TIME]
                                                  make a key and show it, once; roles: ${ROLES.join(', ')}
  holdfast key list --tenant NAME                 list keys, newest first, and which of them end soon
  holdfast key rotate ID [--overlap SECONDS]      make a new secret for a key and show it, once; the former one goes on for a day, or so long
  holdfast key revoke ID                          revoke a key (key_…) for good
  holdfast audit --tenant NAME                    list what administrators did, newest first
  holdfast verify                                 check the books of all tenants against everything that must hold
  holdfast report NAME --tenant NAME              print a report: ${REPORT_NAMES.slice(0, 3).join(', ')},
                                                  ${REPORT_NAMES.slice(3).join(', ')}
      [--as-of TIME | --as-of-seq N]              of a trial balance, declarations, coin-statistics and coin-deferred-revenue
      [--from TIME] [--to TIME]                   of a statement, journal, declarations and coin-liability
      --breakage RATE [--breakage-at-issue RATE]  of coin-deferred-revenue: which part of the coins nobody will redeem
      [--csv]                                     as CSV, for a spreadsheet
      --account ID [--by-occurred]                of a statement: whose; by the business's own time
  holdfast export hledger --tenant NAME           write the whole journal for hledger, a program that is not ours
      [--out FILE] [--as-of-seq N]                to a file; up to a transaction
  holdfast keys list                              list the keys that identities are kept under, and how much each wraps
  holdfast keys rotate                            wrap every identity's key anew with the newest one, while the service goes on; what was
                                                  interrupted goes on where it was
  holdfast erasures list                          print which identities were erased, as the log of erasures has it
  holdfast erasures replay [--file FILE]          erase again what a restored backup brought back
  holdfast bench                                  measure how fast it is here; holdfast bench --help says more

  --json                                          print JSON
  --help, --version

The environment says which database: DATABASE_URL, or none for the embedded one in DATA_DIR (.holdfast).
Exit codes: 0 done, 1 failed or found something, 2 called wrongly.
`
