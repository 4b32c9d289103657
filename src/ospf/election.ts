/** The election of the designated router and its backup, RFC 2328 section 9.4. */

/** A router on the network that this router hears, and that hears it; or this router itself. */
export interface Candidate {
  /** Of its interface: what names the designated router in a Hello. */
  readonly address: number;
  readonly routerId: number;
  /** 0 to 255; 0 is never elected. */
  readonly priority: number;
  /** What it says of itself in its Hellos. */
  readonly claimsDesignated: boolean;
  readonly claimsBackup: boolean;
}

/** Interface addresses; 0 for none. */
export interface Elected {
  readonly designatedRouter: number;
  readonly backupDesignatedRouter: number;
}

/**
 * Whom this router takes for designated router and backup. A router that has become one of them, or is one no longer,
 * votes once more with what it now claims: a new designated router makes room for a backup (step 4).
 */
export function elect(self: Candidate, others: readonly Candidate[]): Elected {
  const first = vote([self, ...others]);
  const claims = {
    claimsDesignated: first.designatedRouter === self.address,
    claimsBackup: first.backupDesignatedRouter === self.address,
  };
  if (claims.claimsDesignated === self.claimsDesignated && claims.claimsBackup === self.claimsBackup) return first;
  return vote([{ ...self, ...claims }, ...others]);
}

/** Steps 2 and 3: who holds the office keeps it, whatever the priority of others. */
function vote(candidates: readonly Candidate[]): Elected {
  const eligible = candidates.filter(({ priority }) => priority > 0);
  const others = eligible.filter(({ claimsDesignated }) => !claimsDesignated);
  const backup = best(others.filter(({ claimsBackup }) => claimsBackup)) ?? best(others);
  const designated = best(eligible.filter(({ claimsDesignated }) => claimsDesignated)) ?? backup;
  return { designatedRouter: designated?.address ?? 0, backupDesignatedRouter: backup?.address ?? 0 };
}

/** By priority, then by router ID. */
function best(candidates: readonly Candidate[]): Candidate | undefined {
  let found: Candidate | undefined;
  for (const candidate of candidates) {
    const difference = found === undefined ? 1 : candidate.priority - found.priority;
    if (difference > 0 || (difference === 0 && candidate.routerId > (found?.routerId ?? 0))) found = candidate;
  }
  return found;
}
