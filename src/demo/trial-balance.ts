import type { TrialBalance } from './api.ts'
import { RefusedByService } from './client.ts'
import type { Service } from './service.ts'

/** The service's trial balance now, or null where its key may not read reports. */
export async function readTrialBalance ({ finance }: Service): Promise<TrialBalance | null> {
  try {
    return await finance.get<TrialBalance>('/v1/reports/trial-balance')
  } catch (error) {
    if (error instanceof RefusedByService && error.status === 403) return null
    throw error
  }
}
