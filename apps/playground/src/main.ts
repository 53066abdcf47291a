import './styles/base.css';
import { navigation } from './navigation.ts';
import { pages } from './pages.ts';

const outlet = document.getElementById('app') as HTMLElement;
outlet.before(navigation(pages, outlet));
