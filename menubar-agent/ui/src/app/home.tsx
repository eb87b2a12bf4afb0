/** Where the window begins: the first run's path while there is nothing here, else what runs. */
import { Redirect } from 'wouter';
import { Await } from '../kit/index.js';
import { useLocalModels } from '../lib/resources.js';

export function Home() {
  const models = useLocalModels();
  return <Await of={models}>{(list) => <Redirect to={list.length === 0 ? '/welcome' : '/servers'} replace />}</Await>;
}
