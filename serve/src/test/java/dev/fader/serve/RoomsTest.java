package dev.fader.serve;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/// What holds for every class of the server.
class RoomsTest {
  private static final JavaClasses SERVER =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.fader.serve");

  @Test
  void noCycles() {
    slices().matching("dev.fader.(**)").should().beFreeOfCycles().check(SERVER);
  }

  @Test
  void onlyHttpKnowsTheWebServer() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.fader.serve.http")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.helidon..")
        .check(SERVER);
  }

  @Test
  void httpKnowsNoInterfaceAndNoModel() {
    noClasses()
        .that()
        .resideInAPackage("dev.fader.serve.http")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.fader",
            "dev.fader.schedule..",
            "dev.fader.serve.model..",
            "dev.fader.serve.body..",
            "dev.fader.serve.llamacpp..",
            "dev.fader.serve.openai..",
            "dev.fader.serve.anthropic..",
            "dev.fader.serve.ollama..")
        .check(SERVER);
  }

  @Test
  void nothingIsPrinted() {
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(SERVER);
  }

  @Test
  void noStaticMutableState() {
    fields().that().areStatic().should().beFinal().check(SERVER);
  }

  @Test
  void everyPackageIsNullMarked() {
    var unmarked =
        SERVER.stream()
            .map(javaClass -> javaClass.getPackage())
            .distinct()
            .filter(room -> !room.isAnnotatedWith(NullMarked.class))
            .toList();
    assertTrue(unmarked.isEmpty(), () -> unmarked + " need @NullMarked in package-info.java");
  }
}
