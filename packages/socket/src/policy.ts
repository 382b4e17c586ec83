/** Who may connect from a Flash movie, in the words of a cross-domain policy. */
export interface PolicyRule {
  /** A domain name, an address, `*.example.com`, or `*` for all. */
  readonly domain: string;
  /** Ports, as in `8100`, `8100-8110`, `8100,8200` or `*`. @defaultValue the port that the policy is asked at */
  readonly ports?: string;
}

const ports = /^(?:\*|\d{1,5}(?:-\d{1,5})?(?:,\d{1,5}(?:-\d{1,5})?){0,15})$/;
const domain = /^[A-Za-z0-9.*_-]{1,255}$/;

/** The document that asks for the policy. */
export const policyRequest = '<policy-file-request/>';

/**
 * Writes a Flash cross-domain policy.
 *
 * @param rules - without rules, no site may connect.
 * @throws {TypeError} a rule has an invalid domain or list of ports.
 */
export function policyDocument(rules: readonly PolicyRule[], port: number): string {
  const lines = rules.map((rule) => {
    const to = rule.ports ?? String(port);
    if (!domain.test(rule.domain))
      throw new TypeError(`policy holds "${rule.domain}", which is not a domain`);
    if (!ports.test(to)) throw new TypeError(`policy holds "${to}", which is not a list of ports`);
    return `<allow-access-from domain="${rule.domain}" to-ports="${to}"/>`;
  });
  return `<?xml version="1.0"?><cross-domain-policy>${lines.join('')}</cross-domain-policy>\0`;
}
