/** A text without the secrets of this sandbox: what a flow shows in its history is not shown a second time. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const known = secrets.reduce((masked, secret) => masked.replaceAll(secret, '***').replaceAll(encodeURIComponent(secret), '***'), text)
  return (
    known
      // Access tokens, and refresh tokens in the form that Entra ID has for them.
      .replace(/eyJ[\w-]{10,}\.[\w-]+\.[\w-]+/g, '***')
      .replace(/\b[01]\.[\w-]{40,}/g, '***')
      .replace(/([?&]sig=)[\w%-]+/g, '$1***')
  )
}
