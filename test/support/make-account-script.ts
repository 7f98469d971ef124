/** `node make-account-script.js PORT USER PASSWORD`: an account for clients of other machines, made on the gateway's own. */

import { createConnection } from 'mysql2/promise';

const [port, user, password] = process.argv.slice(2);
const connection = await createConnection({ host: '127.0.0.1', port: Number(port), user: 'root' });
await connection.query(`CREATE USER IF NOT EXISTS '${user}'@'%' IDENTIFIED BY '${password}'`);
await connection.query(`GRANT ALL ON *.* TO '${user}'@'%'`);
await connection.end();
