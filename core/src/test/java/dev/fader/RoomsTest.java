package dev.fader;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The floor table of `ARCHITECTURE.md`, and what else holds for every class of the library.
class RoomsTest {
  /// The front room, the package `dev.fader` itself.
  private static final String FRONT = "";

  private static final List<List<String>> FLOORS =
      List.of(
          List.of("quantization", "tensor"),
          List.of("kernel", "format", "tokenizer", "template", "grammar"),
          List.of("grad"),
          List.of("adapter"),
          List.of("model"),
          List.of("data", "generate", "inspect"),
          List.of("train", "tune", "evaluate", "sweep", "collective", "schedule", "answer"),
          List.of(FRONT));

  private static final JavaClasses LIBRARY =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.fader");

  static Stream<Integer> floorsWithOneAbove() {
    return Stream.iterate(0, floor -> floor < FLOORS.size() - 1, floor -> floor + 1);
  }

  @ParameterizedTest(name = "floor {0}")
  @MethodSource("floorsWithOneAbove")
  void aLowerFloorNeverLooksUp(int floor) {
    var above = FLOORS.stream().skip(floor + 1L).flatMap(List::stream).toList();
    noClasses()
        .that()
        .resideInAnyPackage(packages(FLOORS.get(floor)))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(packages(above))
        .allowEmptyShould(true)
        .check(LIBRARY);
  }

  @Test
  void everyRoomStandsOnAFloor() {
    var rooms = FLOORS.stream().flatMap(List::stream).toList();
    classes().should().resideInAnyPackage(packages(rooms)).check(LIBRARY);
  }

  @Test
  void noCycles() {
    slices().matching("dev.fader.(**)").should().beFreeOfCycles().check(LIBRARY);
  }

  @Test
  void theOnlyLibraryIsJackson() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "dev.fader..",
            "java..",
            "jdk.incubator.vector",
            "com.sun.management",
            "tools.jackson..",
            "com.fasterxml.jackson.annotation",
            "org.jspecify.annotations")
        .check(LIBRARY);
  }

  @Test
  void nothingIsPrinted() {
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(LIBRARY);
  }

  @Test
  void noStreamsInKernels() {
    noClasses()
        .that()
        .resideInAPackage("dev.fader.kernel..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.util.stream")
        .allowEmptyShould(true)
        .check(LIBRARY);
  }

  @Test
  void noStaticMutableStateAndNoNativeCode() {
    fields().that().areStatic().should().beFinal().check(LIBRARY);
    methods().should().notHaveModifier(JavaModifier.NATIVE).check(LIBRARY);
  }

  @Test
  void everyPackageIsNullMarked() {
    var unmarked =
        LIBRARY.stream()
            .map(javaClass -> javaClass.getPackage())
            .distinct()
            .filter(room -> !room.isAnnotatedWith(NullMarked.class))
            .toList();
    assertTrue(unmarked.isEmpty(), () -> unmarked + " need @NullMarked in package-info.java");
  }

  private static String[] packages(List<String> rooms) {
    return rooms.stream()
        .map(room -> room.equals(FRONT) ? "dev.fader" : "dev.fader." + room + "..")
        .toArray(String[]::new);
  }
}
