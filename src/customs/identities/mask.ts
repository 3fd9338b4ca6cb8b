const HIDDEN = '*'

/** A name of which the first character is shown, and how many there are. */
export function maskName (name: string): string {
  const [first = '', ...rest] = [...name]
  return first + rest.map((letter) => letter === ' ' || letter === '\u00b7' ? letter : HIDDEN).join('')
}

/** A number of which the first and the last character are shown. */
export function maskNumber (number: string): string {
  return number.length < 4 ? HIDDEN.repeat(number.length) : number.slice(0, 1) + HIDDEN.repeat(number.length - 2) + number.slice(-1)
}

/** A telephone number of which the country and the last two digits are shown. */
export function maskPhone (phone: string): string {
  return phone.slice(0, 3) + HIDDEN.repeat(phone.length - 5) + phone.slice(-2)
}

/** A postcode of which the first digit is shown. */
export function maskPostcode (postcode: string): string {
  return postcode.slice(0, 1) + HIDDEN.repeat(postcode.length - 1)
}
