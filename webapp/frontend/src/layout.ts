// What every page loads: the style sheet and the behaviours of the components that pages use.
import "./styles/layout.scss";
import accordion from "@uswds/uswds/js/usa-accordion";
import comboBox from "@uswds/uswds/js/usa-combo-box";
import navigation from "@uswds/uswds/js/usa-header";
import skipnav from "@uswds/uswds/js/usa-skipnav";
import table from "@uswds/uswds/js/usa-table";

for (const behaviour of [accordion, comboBox, navigation, skipnav, table]) {
  behaviour.on(document.body);
}
