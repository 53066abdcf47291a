import './styles/base.css';
import { classifyView } from './classify/classify-view.ts';

document.getElementById('app')?.append(classifyView());
