// The missing-children pages need styles only; every action is a link or a form.
import "./styles/missing.scss";
