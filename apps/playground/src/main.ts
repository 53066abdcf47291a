import './styles/base.css';
import { navigation } from './navigation.ts';
import { pages } from './pages.ts';
import { keepOffline } from './service-worker/keep-offline.ts';

const outlet = document.getElementById('app') as HTMLElement;
// The first page comes first: the rest is fetched when it has what it needs.
outlet.before(navigation(pages, outlet, (view) => Promise.resolve(view.loaded).finally(keepOffline)));
