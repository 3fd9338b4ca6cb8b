import type { Party } from './plan.ts'
import { party } from './story.ts'

/** Who trades in the bundled stories. Everybody is made up. */
export const [mei, omar, hana, lucia, tom] = ['Mei', 'Omar', 'Hana', 'Lucía', 'Tom'].map((name) => party('buyer', name)) as [Party, Party, Party, Party, Party]
export const loom = party('seller', 'Loom & Thread')
export const kettle = party('seller', 'Kettle Corner')
export const pixel = party('seller', 'Pixel Pantry')
export const seoul = party('seller', 'Seoul Skin')
export const dune = party('seller', 'Dune Dates')
export const bento = party('seller', 'Bento Works')
export const lamp = party('seller', 'Lamp Lab')
export const mill = party('partner', 'Bright Mill')
export const anna = party('partner', 'Anna\'s Channel')
export const guild = party('partner', 'Potters\' Guild')
