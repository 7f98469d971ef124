/** The layer of accounts: users, roles, privileges. */

import type { AccountName } from './ast-ddl.ts';
import type {
  AlterUser,
  CreateUser,
  Privilege,
  PrivilegeLevel,
  RoleSelection,
  RoleStatement,
  SetDefaultRole,
  SetPassword,
  SetRole,
  UserOptions,
  UserSpecification,
} from './ast-utility.ts';
import { DdlParser } from './ddl-parser.ts';
import type { Keyword } from './keywords.ts';
import { variableName } from './literal-text.ts';
import { decodeSource, sourceBytes } from './source.ts';
import type { UtilityStatement } from './statement.ts';
import { TOKEN } from './tokens.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const RESOURCES = [
  'MAX_QUERIES_PER_HOUR',
  'MAX_UPDATES_PER_HOUR',
  'MAX_CONNECTIONS_PER_HOUR',
  'MAX_USER_CONNECTIONS',
] as const;

/** Privileges that are words of the grammar, longer ones first; any other name is a dynamic privilege. */
const STATIC_PRIVILEGES: readonly (readonly Keyword[])[] = [
  ['CREATE', 'TEMPORARY', 'TABLES'],
  ['CREATE', 'TABLESPACE'],
  ['CREATE', 'ROUTINE'],
  ['CREATE', 'VIEW'],
  ['CREATE', 'USER'],
  ['CREATE', 'ROLE'],
  ['CREATE'],
  ['ALTER', 'ROUTINE'],
  ['ALTER'],
  ['DROP', 'ROLE'],
  ['DROP'],
  ['GRANT', 'OPTION'],
  ['LOCK', 'TABLES'],
  ['REPLICATION', 'SLAVE'],
  ['REPLICATION', 'CLIENT'],
  ['SHOW', 'DATABASES'],
  ['SHOW', 'VIEW'],
  ['SELECT'],
  ['INSERT'],
  ['UPDATE'],
  ['DELETE'],
  ['REFERENCES'],
  ['INDEX'],
  ['TRIGGER'],
  ['USAGE'],
];

export class AccountParser extends DdlParser {
  /* ------------------------------------------------------------------ names */

  /** 'user'@'host', user@host, user, CURRENT_USER. */
  protected accountName(): AccountName {
    if (this.accept('CURRENT_USER')) {
      if (this.accept('(')) this.expect(')');
      return { kind: 'current-user' };
    }
    const user = this.identifierOrText();
    return { kind: 'account', user, host: this.#host() };
  }

  #host(): string {
    if (this.type !== TOKEN.userVariable) return '%';
    const host = variableName(this.source, this.start, this.tokens.ends[this.index]!, this.mode);
    this.index++;
    return decodeSource(host).toLowerCase();
  }

  protected accountNames(): AccountName[] {
    return this.commaList(() => this.accountName());
  }

  /* ------------------------------------------------------------------ users */

  /** CREATE USER, the cursor behind USER. */
  protected createUser(start: number): CreateUser {
    const ifNotExists = this.ifNotExists();
    const users = this.#userSpecifications();
    const defaultRoles = this.acceptAll('DEFAULT', 'ROLE') ? this.accountNames() : [];
    return {
      kind: 'create-user',
      ifNotExists,
      users,
      defaultRoles,
      options: this.#userOptions(),
      start,
      end: this.end,
    };
  }

  /** ALTER USER, the cursor behind USER. */
  protected alterUser(start: number): AlterUser {
    const ifExists = this.ifExists();
    let users: UserSpecification[];
    if (this.is('USER') && this.peekIs(1, '(')) {
      this.index += 2;
      this.expect(')');
      users = [this.#authentication({ kind: 'current-user' })];
    } else users = this.#userSpecifications();
    const defaultRoles = this.acceptAll('DEFAULT', 'ROLE') ? this.roleSelection() : undefined;
    return { kind: 'alter-user', ifExists, users, defaultRoles, options: this.#userOptions(), start, end: this.end };
  }

  #userSpecifications(): UserSpecification[] {
    return this.commaList(() => this.#authentication(this.accountName()));
  }

  /** IDENTIFIED …, REPLACE, RETAIN, DISCARD behind an account. */
  #authentication(account: AccountName): UserSpecification {
    const user: Mutable<UserSpecification> = {
      account,
      plugin: undefined,
      password: undefined,
      randomPassword: false,
      authenticationString: undefined,
      replace: undefined,
      retainCurrent: false,
      discardOld: false,
    };
    for (;;) {
      if (this.accept('IDENTIFIED')) this.#identified(user);
      else if (this.accept('REPLACE')) user.replace = this.stringText();
      else if (this.acceptAll('RETAIN', 'CURRENT', 'PASSWORD')) user.retainCurrent = true;
      else if (this.acceptAll('DISCARD', 'OLD', 'PASSWORD')) user.discardOld = true;
      else if (!this.#additionalFactor()) return user;
    }
  }

  #identified(user: Mutable<UserSpecification>): void {
    if (this.accept('WITH')) {
      user.plugin = this.identifierOrText();
      if (this.accept('AS')) {
        user.authenticationString = this.#hash();
        return;
      }
    }
    if (!this.accept('BY')) return;
    if (this.acceptAll('RANDOM', 'PASSWORD')) user.randomPassword = true;
    else if (this.accept('PASSWORD')) user.authenticationString = sourceBytes(this.stringText());
    else user.password = this.stringText();
  }

  #hash(): Uint8Array {
    const literal = this.literal();
    if (literal?.kind === 'string') return literal.bytes ?? Buffer.from(literal.value, 'utf8');
    if (literal?.kind === 'bytes') return literal.bytes;
    throw this.unexpected();
  }

  /** Second and third factors (AND IDENTIFIED …, ADD 2 FACTOR …) are read and left out of the tree. */
  #additionalFactor(): boolean {
    if (this.is('AND') && this.peekIs(1, 'IDENTIFIED')) {
      this.index++;
      return true;
    }
    if (!this.isAny('ADD', 'MODIFY', 'DROP') || !this.peekIs(2, 'FACTOR')) return false;
    this.index += 3;
    return true;
  }

  #userOptions(): UserOptions {
    const options: Mutable<UserOptions> = {
      require: undefined,
      resources: [],
      password: [],
      locked: undefined,
      comment: undefined,
      attribute: undefined,
    };
    const password: string[] = [];
    options.password = password;
    for (;;) {
      if (this.accept('REQUIRE')) options.require = this.#require();
      else if (this.accept('WITH')) options.resources = this.#resources();
      else if (this.isAny('PASSWORD', 'FAILED_LOGIN_ATTEMPTS', 'PASSWORD_LOCK_TIME'))
        password.push(this.#passwordOption());
      else if (this.accept('ACCOUNT')) options.locked = this.expectOneOf('LOCK', 'UNLOCK') === 'LOCK';
      else if (this.accept('COMMENT')) options.comment = this.stringText();
      else if (this.accept('ATTRIBUTE')) options.attribute = this.stringText();
      else return options;
    }
  }

  #require(): UserOptions['require'] {
    const word = this.acceptOneOf('NONE', 'SSL', 'X509');
    if (word !== undefined) return ({ NONE: 'none', SSL: 'ssl', X509: 'x509' } as const)[word];
    const items: { readonly name: string; readonly value: string }[] = [];
    do {
      const name = this.expectOneOf('CIPHER', 'ISSUER', 'SUBJECT').toLowerCase();
      items.push({ name, value: this.stringText() });
      this.accept('AND');
    } while (this.isAny('CIPHER', 'ISSUER', 'SUBJECT'));
    return items;
  }

  #resources(): UserOptions['resources'] {
    const resources: { readonly name: string; readonly value: number }[] = [];
    for (let word = this.acceptOneOf(...RESOURCES); word !== undefined; word = this.acceptOneOf(...RESOURCES)) {
      resources.push({ name: word.toLowerCase(), value: this.integer() });
    }
    return resources;
  }

  #passwordOption(): string {
    const first = this.index;
    if (this.accept('PASSWORD')) {
      const word = this.expectOneOf('EXPIRE', 'HISTORY', 'REUSE', 'REQUIRE');
      if (word === 'REUSE') this.expect('INTERVAL');
      else if (word === 'REQUIRE') this.expect('CURRENT');
      if (this.accept('INTERVAL')) {
        this.integer();
        this.expect('DAY');
      } else if (this.type === TOKEN.integer) {
        this.integer();
        this.accept('DAY');
      } else this.acceptOneOf('DEFAULT', 'NEVER', 'OPTIONAL');
    } else {
      this.expectOneOf('FAILED_LOGIN_ATTEMPTS', 'PASSWORD_LOCK_TIME');
      if (!this.accept('UNBOUNDED')) this.integer();
    }
    return this.wordsFrom(first);
  }

  /** RENAME USER, the cursor behind USER. */
  protected renameUser(start: number): UtilityStatement {
    const renames = this.commaList(() => {
      const from = this.accountName();
      this.expect('TO');
      return { from, to: this.accountName() };
    });
    return { kind: 'rename-user', renames, start, end: this.end };
  }

  /** CREATE ROLE and DROP ROLE, the cursor behind ROLE. */
  protected role(start: number, kind: RoleStatement['kind']): RoleStatement {
    const conditional = kind === 'create-role' ? this.ifNotExists() : this.ifExists();
    return { kind, conditional, roles: this.accountNames(), start, end: this.end };
  }

  /* ------------------------------------------------------------------ SET PASSWORD and roles */

  /** SET PASSWORD, the cursor behind PASSWORD. */
  protected setPassword(start: number): SetPassword {
    const account = this.accept('FOR') ? this.accountName() : undefined;
    let password: string | undefined;
    if (this.accept('TO')) this.expect('RANDOM');
    else {
      this.expect('=');
      if (this.accept('PASSWORD')) {
        this.expect('(');
        password = this.stringText();
        this.expect(')');
      } else password = this.stringText();
    }
    const replace = this.accept('REPLACE') ? this.stringText() : undefined;
    const retainCurrent = this.acceptAll('RETAIN', 'CURRENT', 'PASSWORD');
    return { kind: 'set-password', account, password, replace, retainCurrent, start, end: this.end };
  }

  /** SET ROLE, the cursor behind ROLE. */
  protected setRole(start: number): SetRole {
    return { kind: 'set-role', roles: this.roleSelection(), start, end: this.end };
  }

  /** SET DEFAULT ROLE, the cursor behind ROLE. */
  protected setDefaultRole(start: number): SetDefaultRole {
    const roles = this.roleSelection();
    this.expect('TO');
    return { kind: 'set-default-role', roles, accounts: this.accountNames(), start, end: this.end };
  }

  protected roleSelection(): RoleSelection {
    if (this.accept('NONE')) return { kind: 'none' };
    if (this.accept('DEFAULT')) return { kind: 'default' };
    if (this.accept('ALL')) return { kind: 'all', except: this.accept('EXCEPT') ? this.accountNames() : [] };
    return { kind: 'roles', roles: this.accountNames() };
  }

  /* ------------------------------------------------------------------ GRANT and REVOKE */

  protected grant(): UtilityStatement {
    const { start } = this;
    this.expect('GRANT');
    if (this.accept('PROXY')) return this.#proxy(start, 'grant-proxy');
    if (!this.#hasOn()) return this.#grantRoles(start);
    const privileges = this.#privileges();
    this.expect('ON');
    const on = this.#privilegeLevel();
    this.expect('TO');
    const to = this.#userSpecifications();
    const grantOption = this.#grantTail();
    return { kind: 'grant', privileges, on, to, grantOption, start, end: this.end };
  }

  /** ON at the statement's top level tells privileges from roles. */
  #hasOn(): boolean {
    return this.tokens.symbols.includes('ON', this.index);
  }

  #grantTail(): boolean {
    let grantOption = false;
    if (this.accept('REQUIRE')) this.#require();
    while (this.accept('WITH')) {
      if (this.acceptAll('GRANT', 'OPTION')) grantOption = true;
      else this.#resources();
      if (this.acceptAll('GRANT', 'OPTION')) grantOption = true;
    }
    if (this.accept('AS')) {
      this.accountName();
      if (this.acceptAll('WITH', 'ROLE')) this.roleSelection();
    }
    return grantOption;
  }

  #grantRoles(start: number): UtilityStatement {
    const roles = this.accountNames();
    this.expect('TO');
    const to = this.accountNames();
    const adminOption = this.acceptAll('WITH', 'ADMIN', 'OPTION');
    return { kind: 'grant-roles', roles, to, adminOption, start, end: this.end };
  }

  #proxy(start: number, kind: 'grant-proxy' | 'revoke-proxy'): UtilityStatement {
    this.expect('ON');
    const proxied = this.accountName();
    this.expect(kind === 'grant-proxy' ? 'TO' : 'FROM');
    const accounts = this.accountNames();
    const grantOption = this.acceptAll('WITH', 'GRANT', 'OPTION');
    return { kind, proxied, accounts, grantOption, start, end: this.end };
  }

  protected revoke(): UtilityStatement {
    const { start } = this;
    this.expect('REVOKE');
    const ifExists = this.ifExists();
    if (this.accept('PROXY')) return this.#proxy(start, 'revoke-proxy');
    const isEverything = this.isAny('ALL') && !this.#hasOn();
    if (isEverything) {
      this.expect('ALL');
      this.accept('PRIVILEGES');
      this.expect(',', 'GRANT', 'OPTION', 'FROM');
      const from = this.accountNames();
      const ignoreUnknownUser = this.acceptAll('IGNORE', 'UNKNOWN', 'USER');
      return { kind: 'revoke', ifExists, privileges: [], on: undefined, from, ignoreUnknownUser, start, end: this.end };
    }
    if (!this.#hasOn()) {
      const roles = this.accountNames();
      this.expect('FROM');
      const from = this.accountNames();
      const ignoreUnknownUser = this.acceptAll('IGNORE', 'UNKNOWN', 'USER');
      return { kind: 'revoke-roles', ifExists, roles, from, ignoreUnknownUser, start, end: this.end };
    }
    const privileges = this.#privileges();
    this.expect('ON');
    const on = this.#privilegeLevel();
    this.expect('FROM');
    const from = this.accountNames();
    const ignoreUnknownUser = this.acceptAll('IGNORE', 'UNKNOWN', 'USER');
    return { kind: 'revoke', ifExists, privileges, on, from, ignoreUnknownUser, start, end: this.end };
  }

  #privileges(): Privilege[] {
    if (this.is('ALL')) {
      this.index++;
      return [{ name: this.accept('PRIVILEGES') ? 'ALL PRIVILEGES' : 'ALL', columns: [] }];
    }
    return this.commaList(() => ({
      name: this.#privilegeName(),
      columns: this.optionalIdentifiersInParentheses(),
    }));
  }

  #privilegeName(): string {
    for (const words of STATIC_PRIVILEGES) if (this.acceptAll(...words)) return words.join(' ');
    return this.identifierOrText().toUpperCase();
  }

  #privilegeLevel(): PrivilegeLevel {
    const objects = { TABLE: 'table', FUNCTION: 'function', PROCEDURE: 'procedure', LIBRARY: 'library' } as const;
    const isName = this.peekIs(1, '.') || this.peekIs(1, 'TO') || this.peekIs(1, 'FROM');
    const word = isName ? undefined : this.acceptOneOf('TABLE', 'FUNCTION', 'PROCEDURE', 'LIBRARY');
    const object = word === undefined ? undefined : objects[word];
    const first = this.#nameOrStar();
    if (!this.accept('.')) return { object, schema: undefined, name: first };
    return { object, schema: first, name: this.accept('*') ? '*' : this.identifier().name };
  }

  #nameOrStar(): string {
    return this.accept('*') ? '*' : this.identifier().name;
  }
}
