import { z } from 'zod';
import type { EtcdSettings } from './config.js';
import { DEFAULTS } from './defaults.js';
import { type Field, integer, label, textField } from './field.js';

const endpoint: Field<URL> = textField('a URL such as https://10.0.0.9:2379', (text) => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  return parsed !== undefined && /^https?:$/.test(parsed.protocol) ? parsed : undefined;
});

const file: Field<string> = textField('an absolute path', (text) => (/^\/[^\0]+$/.test(text) ? text : undefined));

/** The store that exclusive VIPs are owned in. */
export const etcd = z
  .strictObject({
    endpoints: z.tuple([endpoint], endpoint),
    ca: file.optional(),
    cert: file.optional(),
    key: file.optional(),
    user: label.optional(),
    'password-file': file.optional(),
    validity: integer(200, 60_000, 'milliseconds').default(DEFAULTS.etcdValidityMs),
  })
  .transform((value, context): EtcdSettings => {
    const { endpoints, ca, cert, key, user, 'password-file': passwordFile, validity } = value;
    for (const [one, other] of [
      ['cert', 'key'],
      ['user', 'password-file'],
    ] as const) {
      if ((value[one] === undefined) === (value[other] === undefined)) continue;
      context.issues.push({ code: 'custom', message: `"${one}" and "${other}" together`, input: value });
    }
    return { endpoints, ca, cert, key, user, passwordFile, validityMs: validity };
  });
