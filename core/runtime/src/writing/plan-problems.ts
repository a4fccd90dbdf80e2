import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Instant, LocalDay } from '../day/calendar.ts';
import type { LedgerEntry, Token } from '../store/accounts.ts';
import type { Problem } from '../store/problems.ts';
import type { Budget } from './budget.ts';
import { scopeSubject } from './scopes.ts';

/** A problem as the plan states it: it stands as long as it is stated. */
export type PlanProblem = Omit<Problem, 'since'>;

/** Why nothing at all can be sent now. */
export function holdOf(state: {
  readonly account: string;
  readonly token: Token | undefined;
  readonly now: Instant;
  readonly blockedUntil: Instant | undefined;
  readonly clockTrusted: boolean;
}): PlanProblem | undefined {
  const { account, token, now, blockedUntil, clockTrusted } = state;
  if (token === undefined) {
    return {
      code: 'exist.not_connected',
      subject: account,
      message: `account ${account} is not connected to Exist`,
      remedy: connectRemedy(account),
    };
  }
  if (token.dead) return loginRequired(account);
  if (!clockTrusted) {
    return {
      code: 'clock.untrusted',
      subject: account,
      message: 'the clock of this host cannot be right; nothing is sent until it is set',
      remedy: 'check the time service of the host',
    };
  }
  if (blockedUntil !== undefined && blockedUntil > now) {
    const until = new Date(blockedUntil).toISOString();
    return {
      code: 'exist.waiting',
      subject: account,
      message: `nothing is sent before ${until}, for Exist asked to wait or did not answer`,
      remedy: 'none needed',
    };
  }
  return undefined;
}

export function loginRequired(account: string): PlanProblem {
  return {
    code: 'exist.login_required',
    subject: account,
    message: 'Exist no longer accepts the stored token; nothing is lost, values wait',
    remedy: connectRemedy(account),
  };
}

export function connectRemedy(account: string): string {
  return `run "dayfold connect${account === 'me' ? '' : ` ${account}`}"`;
}

export function scopeProblem(account: string, group: string): PlanProblem {
  return {
    code: 'exist.scope_missing',
    subject: scopeSubject(account, group),
    message: `the login does not allow writing to the group ${group}; its values wait`,
    remedy: 'run "dayfold connect" to log in again with that scope',
  };
}

/** Of an attribute that cannot be written as things stand. */
export function ownershipProblem({
  attribute,
  state,
  reason,
}: Pick<LedgerEntry, 'attribute' | 'state' | 'reason'>): PlanProblem {
  return state === 'lost'
    ? {
        code: 'exist.attribute_lost',
        subject: attribute,
        message: `${attribute} now belongs to another service at Exist; its values wait`,
        remedy: 'take it back from the dashboard, or remove it from dayfold.yaml',
      }
    : {
        code: 'exist.attribute_blocked',
        subject: attribute,
        message: `${attribute} cannot be written: ${reason ?? 'Exist refused it'}`,
        remedy: 'change its label, group or type in dayfold.yaml, or take it over from the dashboard',
      };
}

export function duplicateProblem({ name, template, label }: AttributeConfiguration): PlanProblem {
  return {
    code: 'exist.attribute_twice',
    subject: name,
    message: `${name} names the same attribute at Exist (${template ?? label}) as another one`,
    remedy: 'remove one of them from dayfold.yaml',
  };
}

export function tooOldProblem(account: string, day: LocalDay, waiting: number): PlanProblem {
  return {
    code: 'exist.too_old',
    subject: account,
    message: `Exist takes no values as old as ${day}; ${waiting} of that day and before are kept here and not sent`,
    remedy: 'none needed; after a new login they are tried again',
  };
}

export function budgetProblem(account: string, budget: Budget, left: number): PlanProblem {
  return {
    code: 'exist.budget',
    subject: account,
    message: `${left} requests wait for a later hour: ${budget.usedLastHour} of ${budget.limit} are used`,
    remedy: 'none needed',
  };
}
